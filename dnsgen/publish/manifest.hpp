#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dnsgen/render/file_set.hpp"
#include "dnsgen/serial/serial.hpp"

namespace sipha::dnsgen {

/// The name of the manifest in every published set.
inline constexpr std::string_view manifest_name = "manifest";
inline constexpr std::size_t max_manifest_size = 1024 * 1024;

/// One digest over paths and contents of all files.
std::string content_digest(const file_set& set);

/// Lines "serial N", "content DIGEST", then "sha256 DIGEST PATH" for each file in path order.
/// @param digest of the same content rendered with serial 0.
std::string make_manifest(const file_set& set, std::uint32_t serial, std::string_view digest);

/// The first two lines of a manifest, or nothing when it is none.
std::optional<published_serial> read_manifest(std::string_view text);

}  // namespace sipha::dnsgen
