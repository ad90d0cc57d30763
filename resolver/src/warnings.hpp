#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <sipha/resolver/explain.hpp>

namespace sipha::resolver::detail {

/// Adds a warning unless the list holds it already.
inline void add_warning(std::vector<warning>& list, warning_kind kind, std::string_view subject) {
    const bool is_known = std::any_of(list.begin(), list.end(), [&](const warning& other) {
        return other.kind == kind && other.subject == subject;
    });
    if (!is_known) {
        list.push_back({kind, std::string(subject)});
    }
}

}  // namespace sipha::resolver::detail
