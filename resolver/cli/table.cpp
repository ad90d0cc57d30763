#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "resolver/cli/report.hpp"

namespace sipha::resolver::cli {
namespace {

// ECMA-48 8.3.117, select graphic rendition.
constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view faint = "\x1b[2m";
constexpr std::string_view red = "\x1b[31m";
constexpr std::string_view green = "\x1b[32m";
constexpr std::string_view reset = "\x1b[0m";

using line = std::vector<std::string>;

std::string painted(std::string_view text, std::string_view colour, text_style style) {
    if (style == text_style::plain || colour.empty()) {
        return std::string(text);
    }
    return std::string(colour).append(text).append(reset);
}

std::string milliseconds(std::chrono::microseconds time) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1fms", static_cast<double>(time.count()) / 1000);
    return text.data();
}

std::string text_of(const probe_result& probe) {
    switch (probe.found) {
        case probe_result::verdict::alive:
            return "alive " + milliseconds(probe.rtt);
        case probe_result::verdict::dead:
            return "dead " + probe.cause;
        case probe_result::verdict::unknown:
            break;
    }
    return "unknown " + probe.cause;
}

std::string_view colour_of(const probe_result& probe) {
    switch (probe.found) {
        case probe_result::verdict::alive:
            return green;
        case probe_result::verdict::dead:
            return red;
        case probe_result::verdict::unknown:
            break;
    }
    return {};
}

line line_of(const candidate& place, std::size_t position, time_point now) {
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(place.expires - now);
    const auto& rank = place.rank;
    return {
        std::to_string(position),
        std::string(name(place.transport)),
        hostport(place.ip, place.port),
        place.srv_target.empty() ? "-" : place.srv_target,
        std::to_string(rank.naptr_order) + '/' + std::to_string(rank.naptr_preference),
        std::to_string(rank.srv_priority),
        place.expires == never ? "-"
                               : std::to_string(std::max<std::int64_t>(0, left.count())) + "s"};
}

/// The explanation as a tree: `to_text` of the library, with the kinds told apart by colour.
std::string tree_of(const explanation& steps, text_style style) {
    if (style == text_style::plain) {
        return to_text(steps);
    }
    std::string text;
    for (const auto& step : steps) {
        text.append(std::size_t{step.depth} * 2, ' ');
        const auto kind = std::string(name(step.kind)) + ": ";
        const bool is_result = step.kind == step_kind::candidate;
        const bool is_health = step.kind == step_kind::health;
        text += painted(kind, is_result ? green : is_health ? red : faint, style);
        text += painted(step.text, is_result ? bold : std::string_view{}, style);
        text += '\n';
    }
    return text;
}

}  // namespace

std::string table_of(const report& from, text_style style) {
    std::string text;
    if (!from.result.steps.empty()) {
        text = tree_of(from.result.steps, style) + '\n';
    }
    if (from.result.candidates.empty()) {
        return text;
    }
    const bool has_probes = !from.probes.empty();
    std::vector<line> lines{{"#", "transport", "address", "target", "naptr", "priority", "ttl"}};
    for (const auto& place : from.result.candidates) {
        lines.push_back(line_of(place, lines.size(), from.now));
    }
    if (has_probes) {
        lines.front().push_back("probe");
        for (std::size_t row = 1; row < lines.size(); ++row) {
            lines[row].push_back(text_of(from.probes.at(row - 1)));
        }
    }
    std::vector<std::size_t> widths(lines.front().size());
    for (const auto& row : lines) {
        for (std::size_t column = 0; column < row.size(); ++column) {
            widths[column] = std::max(widths[column], row[column].size());
        }
    }
    for (std::size_t row = 0; row < lines.size(); ++row) {
        for (std::size_t column = 0; column < widths.size(); ++column) {
            const auto& cell = lines[row][column];
            const bool is_probe = has_probes && row != 0 && column + 1 == widths.size();
            const auto colour = row == 0   ? bold
                                : is_probe ? colour_of(from.probes[row - 1])
                                           : std::string_view{};
            text += painted(cell, colour, style);
            if (column + 1 < widths.size()) {
                text.append(widths[column] - cell.size() + 2, ' ');
            }
        }
        text += '\n';
    }
    return text;
}

}  // namespace sipha::resolver::cli
