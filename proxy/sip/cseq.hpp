#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sipha::sip {

/// Sequence number and method (RFC 3261 20.16).
struct cseq {
    std::uint32_t number = 0;  ///< below 2^31 (RFC 3261 8.1.1.5)
    std::string_view method_text;
};

std::optional<cseq> parse_cseq(std::string_view text);

}  // namespace sipha::sip
