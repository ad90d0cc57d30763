#pragma once

#include <cstdint>

namespace sipha::txn {

/// How the figures of RFC 3261 17 sort status codes.
enum class response_class : std::uint8_t {
    provisional,  ///< 100-199
    success,      ///< 200-299
    failure,      ///< 300-699
    invalid,      ///< anything else: no response of RFC 3261 21, absorbed or refused everywhere
};

/// @param status the number of the status line, unchecked.
constexpr response_class classify(int status) {
    if (status < 100 || status > 699) {
        return response_class::invalid;
    }
    if (status < 200) {
        return response_class::provisional;
    }
    return status < 300 ? response_class::success : response_class::failure;
}

}  // namespace sipha::txn
