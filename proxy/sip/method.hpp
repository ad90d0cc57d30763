#pragma once

#include <cstdint>
#include <string_view>

namespace sipha::sip {

/// The registered methods; `other` stands for every extension method, whose text the message keeps.
enum class method : std::uint8_t {
    invite,
    ack,
    bye,
    cancel,
    options,
    register_,
    prack,
    subscribe,
    notify,
    publish,
    info,
    refer,
    message,
    update,
    other
};

/// "INVITE", "ACK", ...; empty for `other`.
std::string_view to_text(method value);
/// Methods are case-sensitive (RFC 3261 7.1): "invite" is `other`.
method parse_method(std::string_view text);

}  // namespace sipha::sip
