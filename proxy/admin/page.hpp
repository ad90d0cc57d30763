#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// The status page for people: HTML made here, one style sheet, a few lines of script.
namespace sipha::admin {

/// Contacts and dialogs shown at most.
inline constexpr std::int64_t page_rows = 50;

/// The commands whose answers the page shows, in this order.
std::span<const std::string_view> page_commands();

/// @param answers one for each of page_commands, as `answer` gave them; one that is refused or
/// malformed leaves its table out. Everything in them is escaped.
std::string render_page(std::span<const std::string> answers);

/// Text for HTML, element content and quoted attributes alike.
std::string escape_html(std::string_view text);

std::string_view page_style();
std::string_view page_script();

}  // namespace sipha::admin
