#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sipha/resolver/options.hpp>

namespace sipha::resolver::cli {

enum class zero_port : std::uint8_t { refused, allowed };

/// "192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353"; port 53 when none is
/// given. @param zero allowed where port 0 means any free port.
/// @returns nothing when the text is something else.
std::optional<dns_server> parse_server(std::string_view text, zero_port zero = zero_port::refused);

/// The servers of resolv.conf(5) text, in its order, at most `max_system_servers`; lines that make
/// no sense are passed over, as the C library does.
std::vector<dns_server> servers_of_resolv_conf(std::string_view text);
inline constexpr std::size_t max_system_servers = 3;  ///< MAXNS of resolv.conf(5)

}  // namespace sipha::resolver::cli
