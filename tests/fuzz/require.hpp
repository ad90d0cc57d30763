#pragma once

#include <cstdlib>

namespace sipha::fuzz {

/// What a fuzz target claims beside not crashing; the fuzzer keeps the input that breaks it.
inline void require(bool claim) {
    if (!claim) {
        std::abort();
    }
}

}  // namespace sipha::fuzz
