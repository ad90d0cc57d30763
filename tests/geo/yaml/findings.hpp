#pragma once

#include <string>
#include <vector>

#include "geo/yaml/diagnostics.hpp"

namespace sipha::geo::yaml {

/// All findings as their printed lines, in order.
inline std::vector<std::string> lines(const diagnostics& diag) {
    std::vector<std::string> result;
    for (const auto& entry : diag.sorted()) {
        result.push_back(diag.format(entry));
    }
    return result;
}

/// All findings as "line:col rule".
inline std::vector<std::string> places(const diagnostics& diag) {
    std::vector<std::string> result;
    for (const auto& entry : diag.sorted()) {
        result.push_back(
            std::to_string(entry.at.line) + ":" + std::to_string(entry.at.column) + " " + entry.rule
        );
    }
    return result;
}

}  // namespace sipha::geo::yaml
