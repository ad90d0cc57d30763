#pragma once

#include <fstream>
#include <set>
#include <string>
#include <string_view>

/// The keys that a part of docs/config.md documents, for comparison with those that the code reads.
namespace sipha::test {

/// @param path of a Markdown file. @param heading the text of a second-level heading; the keys are
/// the first cells in backticks of the tables under it.
/// @returns nothing when there is no such file or heading.
inline std::set<std::string> documented_keys(const std::string& path, std::string_view heading) {
    std::ifstream file(path);
    std::set<std::string> keys;
    bool is_inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("## ")) {
            is_inside = std::string_view(line).substr(3) == heading;
        }
        constexpr std::string_view opening = "| `";
        const auto end = line.find('`', opening.size());
        if (is_inside && line.starts_with(opening) && end != std::string::npos) {
            keys.insert(line.substr(opening.size(), end - opening.size()));
        }
    }
    return keys;
}

/// The keys that are in `left` and not in `right`, one a line.
inline std::string missing_keys(
    const std::set<std::string>& left, const std::set<std::string>& right
) {
    std::string lines;
    for (const auto& key : left) {
        lines += right.contains(key) ? "" : "  " + key + "\n";
    }
    return lines;
}

}  // namespace sipha::test
