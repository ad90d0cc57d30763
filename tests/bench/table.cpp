#include "tests/bench/table.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace sipha::bench {
namespace {

std::string number(double value) {
    std::array<char, 64> text{};
    const int decimals = value >= 1000 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
    const int length = std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
    std::string result(text.data(), static_cast<std::size_t>(std::max(length, 0)));
    return result == "0.000" ? "0" : result;
}

/// Of ours to the first peer.
std::optional<double> ratio(const row& line) {
    if (line.is_skipped || line.peers.empty() || line.peers.front().value <= 0) {
        return std::nullopt;
    }
    return line.ours.value / line.peers.front().value;
}

std::string bar_text(const row& line) {
    std::string text;
    if (line.bar.limit) {
        text = "<= " + number(*line.bar.limit) + " " + line.unit;
    }
    if (line.bar.share && !line.peers.empty()) {
        text += (text.empty() ? "<= " : ", <= ") + number(*line.bar.share) + " x " +
                line.peers.front().name;
    }
    return text.empty() ? "-" : text;
}

std::string peers_text(const row& line) {
    std::string text;
    for (const auto& peer : line.peers) {
        text += (text.empty() ? "" : "; ") + peer.name + " " + number(peer.value);
    }
    return text.empty() ? "-" : text;
}

std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char letter : text) {
        if (letter == '"' || letter == '\\') {
            result += '\\';
        }
        result += letter;
    }
    return result + '"';
}

std::string json_number(const std::optional<double>& value) {
    std::array<char, 64> text{};
    if (!value) {
        return "null";
    }
    std::snprintf(text.data(), text.size(), "%.6g", *value);
    return text.data();
}

std::string json_object(const row& line) {
    std::string peers;
    for (const auto& peer : line.peers) {
        peers += std::string(peers.empty() ? "" : ", ") + "{\"name\": " + quoted(peer.name) +
                 ", \"value\": " + json_number(peer.value) + "}";
    }
    const auto ours = line.is_skipped ? std::nullopt : std::optional(line.ours.value);
    return "{\"what\": " + quoted(line.what) + ", \"unit\": " + quoted(line.unit) +
           ", \"ours\": " + json_number(ours) + ", \"peers\": [" + peers +
           "], \"ratio\": " + json_number(ratio(line)) +
           ", \"limit\": " + json_number(line.bar.limit) +
           ", \"share\": " + json_number(line.bar.share) +
           ", \"verdict\": " + quoted(name(judge(line))) + ", \"note\": " + quoted(line.note) + "}";
}

}  // namespace

row skipped(std::string what, std::string why) {
    row line;
    line.what = std::move(what);
    line.note = std::move(why);
    line.is_skipped = true;
    return line;
}

row compared(std::string what, std::string unit, std::vector<figure> figures, const bar& limits) {
    row line;
    line.what = std::move(what);
    line.unit = std::move(unit);
    line.ours = std::move(figures.front());
    line.peers.assign(figures.begin() + 1, figures.end());
    line.bar = limits;
    return line;
}

verdict judge(const row& line) {
    if (line.is_skipped) {
        return verdict::skipped;
    }
    double excess = 0;  // ours as a multiple of the strictest bar
    const auto take = [&](double most) {
        // A bar of nothing allows nothing; a hundredth stands for it in the quotient.
        excess = std::max(excess, line.ours.value / std::max(most, 0.01));
    };
    if (line.bar.limit) {
        take(*line.bar.limit);
    }
    if (line.bar.share && !line.peers.empty()) {
        take(*line.bar.share * line.peers.front().value);
    }
    if (!line.bar.limit && !line.bar.share) {
        return verdict::info;
    }
    return excess <= 1 ? verdict::ok : excess <= gross_factor ? verdict::missed : verdict::gross;
}

std::string name(verdict value) {
    switch (value) {
        case verdict::ok:
            return "ok";
        case verdict::missed:
            return "missed";
        case verdict::gross:
            return "MISSED";
        case verdict::info:
            return "-";
        case verdict::skipped:
            return "skipped";
    }
    return {};
}

std::string to_text(const std::vector<row>& rows) {
    std::vector<std::array<std::string, 6>> cells{
        {"what", "ours", "peers, same run", "ratio", "bar", "result"}};
    for (const auto& line : rows) {
        const auto share = ratio(line);
        cells.push_back(
            {line.what,
             line.is_skipped ? "-" : number(line.ours.value) + " " + line.unit,
             line.is_skipped ? line.note : peers_text(line),
             share ? number(*share) : "-",
             bar_text(line),
             name(judge(line))}
        );
    }
    std::array<std::size_t, 6> widths{};
    for (const auto& line : cells) {
        for (std::size_t column = 0; column < line.size(); ++column) {
            widths[column] = std::max(widths[column], line[column].size());
        }
    }
    std::string text;
    for (const auto& line : cells) {
        for (std::size_t column = 0; column < line.size(); ++column) {
            text += line[column];
            if (column + 1 < line.size()) {
                text.append(widths[column] - line[column].size() + 2, ' ');
            }
        }
        text += '\n';
    }
    for (const auto& line : rows) {
        if (!line.note.empty() && !line.is_skipped) {
            text += "  " + line.what + ": " + line.note + "\n";
        }
    }
    return text;
}

std::string to_json(const std::vector<row>& rows) {
    std::string text = "[";
    for (const auto& line : rows) {
        text += (text.size() == 1 ? "\n  " : ",\n  ") + json_object(line);
    }
    return text + "\n]\n";
}

}  // namespace sipha::bench
