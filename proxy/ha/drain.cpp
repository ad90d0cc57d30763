#include "proxy/ha/drain.hpp"

#include <array>

namespace sipha::ha {

std::string_view retry_after_line(const sip::message& request) {
    static constexpr std::array<std::string_view, 5> lines{
        "Retry-After: 1\r\n",
        "Retry-After: 2\r\n",
        "Retry-After: 3\r\n",
        "Retry-After: 4\r\n",
        "Retry-After: 5\r\n"};
    const auto* call_id = request.find(sip::header_id::call_id);
    std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
    for (const char c : call_id == nullptr ? std::string_view() : call_id->value) {
        hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
    }
    // The low bits of FNV-1a are those of the last characters only.
    return lines[(hash ^ hash >> 32) % lines.size()];
}

}  // namespace sipha::ha
