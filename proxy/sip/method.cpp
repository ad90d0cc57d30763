#include "proxy/sip/method.hpp"

#include <array>
#include <cstddef>

namespace sipha::sip {

namespace {

constexpr std::array<std::string_view, 15> names = {
    "INVITE",
    "ACK",
    "BYE",
    "CANCEL",
    "OPTIONS",
    "REGISTER",
    "PRACK",
    "SUBSCRIBE",
    "NOTIFY",
    "PUBLISH",
    "INFO",
    "REFER",
    "MESSAGE",
    "UPDATE",
    "",
};
static_assert(names.size() == static_cast<std::size_t>(method::other) + 1);

}  // namespace

std::string_view to_text(method value) {
    return names[static_cast<std::size_t>(value)];
}

method parse_method(std::string_view text) {
    for (std::size_t i = 0; i + 1 < names.size(); ++i) {
        if (names[i] == text) {
            return static_cast<method>(i);
        }
    }
    return method::other;
}

}  // namespace sipha::sip
