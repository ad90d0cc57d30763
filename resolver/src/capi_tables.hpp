#pragma once

#include <cstdint>
#include <optional>

namespace sipha::resolver::detail {

// Tables of the C API: arrays of pairs, a number of its enumerations and the value it stands for.

/// The value that a number stands for; nothing for an unknown one.
template <class Table>
auto find_value(const Table& table, std::uint32_t number)
    -> std::optional<typename Table::value_type::second_type> {
    for (const auto& [known, value] : table) {
        if (static_cast<std::uint32_t>(known) == number) {
            return value;
        }
    }
    return std::nullopt;
}

/// The number of a value; 0 for one that this table does not name.
template <class Table>
std::uint32_t find_number(const Table& table, typename Table::value_type::second_type value) {
    for (const auto& [number, known] : table) {
        if (known == value) {
            return static_cast<std::uint32_t>(number);
        }
    }
    return 0;
}

}  // namespace sipha::resolver::detail
