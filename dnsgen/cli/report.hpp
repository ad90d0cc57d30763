#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "geo/yaml/diagnostics.hpp"

namespace sipha::dnsgen {

/// What one run of the program found and did.
struct report {
    std::string command;
    geo::yaml::diagnostics* diagnostics = nullptr;
    /// Set after a successful render.
    struct rendering {
        std::string set_path;
        bool is_changed = false;
        std::uint32_t serial = 0;
        std::vector<std::string> files;
    };
    std::optional<rendering> rendered;
    /// Why the output could not be written, or empty.
    std::string problem;
};

/// One JSON object, ended by a line feed:
/// {"command", "file", "errors", "warnings", "diagnostics": [{"line", "column", "level", "rule",
/// "text"}], "rendered": null or {"set", "changed", "serial", "files"}, "problem": null or text}.
std::string to_json(const report& what);

}  // namespace sipha::dnsgen
