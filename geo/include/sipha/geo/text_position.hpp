#pragma once

#include <compare>
#include <cstdint>

namespace sipha::geo {

/// A place in a text file. Both are 1-based, the column counts bytes; {0, 0} is the file as a
/// whole, or no file at all.
struct text_position {
    std::uint32_t line = 0;
    std::uint32_t column = 0;

    friend auto operator<=>(const text_position&, const text_position&) = default;
};

/// A value and the place it was read from, for messages about it.
template <class Value>
struct located {
    Value value{};
    text_position at;
};

}  // namespace sipha::geo
