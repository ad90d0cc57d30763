#include "dnsgen/serial/serial.hpp"

namespace sipha::dnsgen {

serial_order compare_serials(std::uint32_t left, std::uint32_t right) {
    constexpr std::uint32_t half = 0x80000000;
    const std::uint32_t ahead = right - left;
    if (ahead == 0) {
        return serial_order::equal;
    }
    if (ahead == half) {
        return serial_order::undefined;
    }
    return ahead < half ? serial_order::before : serial_order::after;
}

std::uint32_t successor(std::uint32_t serial) {
    return serial == 0xffffffff ? 1 : serial + 1;
}

serial_choice choose_serial(
    const serial_settings& settings,
    const std::optional<published_serial>& previous,
    const std::string& content_digest
) {
    using outcome = serial_choice::outcome;
    if (!previous) {
        return {outcome::ok, settings.value};
    }
    const bool is_same_content = previous->content_digest == content_digest;
    if (settings.policy == serial_policy::increment) {
        return {outcome::ok, is_same_content ? previous->serial : successor(previous->serial)};
    }
    switch (compare_serials(previous->serial, settings.value)) {
        case serial_order::before:
            return {outcome::ok, settings.value};
        case serial_order::equal:
            return {is_same_content ? outcome::ok : outcome::unchanged, settings.value};
        default:
            return {outcome::backwards, settings.value};
    }
}

}  // namespace sipha::dnsgen
