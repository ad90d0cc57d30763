#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sipha/resolver/resolution.hpp>
#include <sipha/resolver/target.hpp>

namespace sipha::resolver::detail {

/// Longer texts are refused unread.
inline constexpr std::size_t max_uri_length = 4096;

enum class uri_scheme : std::uint8_t { sip, sips };

/// The parts of a SIP URI that locating a server needs (RFC 3263 4, RFC 3261 19.1.1).
struct sip_uri {
    uri_scheme scheme = uri_scheme::sip;
    std::string host;                   ///< as written, without brackets; checked by the plan
    std::optional<std::uint16_t> port;  ///< 1 to 65535
    std::optional<std::string> maddr;   ///< as written, without brackets
    std::optional<std::string> transport;
};

/// @returns nothing when the text breaks the grammar in a part that is read here.
std::optional<sip_uri> parse_sip_uri(std::string_view text);

/// The sent-by of a Via as the plan reads it. @returns nothing when its host or port is none.
std::optional<sip_uri> uri_of(const via_target& via);

}  // namespace sipha::resolver::detail
