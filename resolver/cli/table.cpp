#include <algorithm>
#include <array>
#include <vector>

#include "resolver/cli/report.hpp"

namespace sipha::resolver::cli {
namespace {

using line = std::array<std::string, 7>;

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

}  // namespace

std::string table_of(const report& from) {
    std::string text;
    if (!from.result.steps.empty()) {
        text = to_text(from.result.steps) + '\n';
    }
    if (from.result.candidates.empty()) {
        return text;
    }
    std::vector<line> lines{{"#", "transport", "address", "target", "naptr", "priority", "ttl"}};
    for (const auto& place : from.result.candidates) {
        lines.push_back(line_of(place, lines.size(), from.now));
    }
    std::array<std::size_t, std::tuple_size_v<line>> widths{};
    for (const auto& row : lines) {
        for (std::size_t column = 0; column < row.size(); ++column) {
            widths[column] = std::max(widths[column], row[column].size());
        }
    }
    for (const auto& row : lines) {
        for (std::size_t column = 0; column < row.size(); ++column) {
            text += row[column];
            if (column + 1 < row.size()) {
                text.append(widths[column] - row[column].size() + 2, ' ');
            }
        }
        text += '\n';
    }
    return text;
}

}  // namespace sipha::resolver::cli
