#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/sip/endpoint.hpp"
#include "proxy/sip/parameters.hpp"

namespace sipha::sip {

/// One via-parm (RFC 3261 20.42); views into the parsed text.
struct via {
    sip::transport transport = sip::transport::udp;  ///< meaningful when known_transport
    bool known_transport = false;
    std::string_view transport_text;
    std::string_view host;              ///< of sent-by; an IPv6 literal without its brackets
    std::optional<std::uint16_t> port;  ///< of sent-by
    std::string_view branch;            ///< empty when absent
    bool has_rport = false;             ///< the parameter is there, with or without a number
    std::optional<std::uint16_t> rport;
    std::string_view received;  ///< an address, without brackets; empty when absent
    std::string_view maddr;     ///< empty when absent
    std::string_view raw;       ///< the whole value
    sip::parameters params;
    std::size_t parameter_count = 0;
};

/// @param one_value one element of a Via list, as `next_value` cuts it.
/// @returns nothing when it is not SIP/2.0, or sent-by, a port or the parameters are malformed.
/// `received` is taken with and without brackets around IPv6 (RFC 5118 4.5).
std::optional<via> parse_via(std::string_view one_value);

/// The top Via of a request with `received` and `rport` filled from its source: `received` when
/// sent-by is not the source address (RFC 3261 18.2.1), both when rport was asked for (RFC 3581 4).
/// A `received` that the sender wrote itself does not survive.
/// @returns the text of the new value.
std::string via_with_source(const via& top, const endpoint& source);

}  // namespace sipha::sip
