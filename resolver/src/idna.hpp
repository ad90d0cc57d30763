#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sipha::resolver::detail {

/// Whether this build can turn names of other scripts into A-labels (it needs libidn2).
bool has_idna() noexcept;

/// "b\xc3\xbc.example" to "xn--b-eha.example" (RFC 5891 5, UTS 46 non-transitional).
/// @param name UTF-8. @returns nothing when it is no such name, or without libidn2.
std::optional<std::string> to_a_labels(std::string_view name);

}  // namespace sipha::resolver::detail
