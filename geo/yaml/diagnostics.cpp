#include "geo/yaml/diagnostics.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace sipha::geo::yaml {

namespace {

constexpr std::size_t longest_compared = 64;
constexpr std::size_t longest_printed = 60;

/// Letters to insert, delete, replace or swap with their neighbour to turn one word into the other.
std::size_t edit_distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> before_last(right.size() + 1);
    std::vector<std::size_t> last(right.size() + 1);
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= left.size(); ++i) {
        std::swap(before_last, last);
        std::swap(last, row);
        row[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const std::size_t replace = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replace});
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
                row[j] = std::min(row[j], before_last[j - 2] + 1);
            }
        }
    }
    return row.back();
}

}  // namespace

void diagnostics::error(position at, std::string_view rule, std::string text) {
    ++errors_;
    add({at, severity::error, std::string(rule), std::move(text)});
}

void diagnostics::warning(position at, std::string_view rule, std::string text) {
    ++warnings_;
    add({at, severity::warning, std::string(rule), std::move(text)});
}

void diagnostics::add(diagnostic entry) {
    if (found_.size() < max_diagnostics) {
        found_.push_back(std::move(entry));
    }
}

std::vector<diagnostic> diagnostics::sorted() const {
    auto result = found_;
    std::sort(result.begin(), result.end());
    return result;
}

std::string diagnostics::format(const diagnostic& entry) const {
    std::string line = file_;
    if (entry.at.line != 0) {
        line += ':' + std::to_string(entry.at.line) + ':' + std::to_string(entry.at.column);
    }
    line += entry.level == severity::error ? ": error[" : ": warning[";
    line += entry.rule + "]: " + entry.text;
    return line;
}

std::string_view near_match(
    std::string_view word, const std::vector<std::string_view>& candidates
) {
    if (word.size() > longest_compared) {
        return {};
    }
    std::string_view best;
    // Short words are near to everything; one changed letter is all that can be a slip there.
    std::size_t limit = word.size() <= 3 ? 1 : 2;
    for (const auto candidate : candidates) {
        if (candidate.size() > longest_compared) {
            continue;
        }
        const auto distance = edit_distance(word, candidate);
        if (distance <= limit && distance < candidate.size()) {
            best = candidate;
            if (distance == 0) {
                break;
            }
            limit = distance - 1;
        }
    }
    return best;
}

std::string printable(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    for (const char letter : text.substr(0, longest_printed)) {
        const auto byte = static_cast<unsigned char>(letter);
        if (byte < 0x20 || byte == 0x7f) {
            result += "\\x";
            result += digits[byte >> 4];
            result += digits[byte & 15];
        } else {
            result += letter;
        }
    }
    if (text.size() > longest_printed) {
        // Do not leave half a UTF-8 character before the dots.
        while (!result.empty() && (static_cast<unsigned char>(result.back()) & 0xc0) == 0x80) {
            result.pop_back();
        }
        if (!result.empty() && (static_cast<unsigned char>(result.back()) & 0x80) != 0) {
            result.pop_back();
        }
        result += "...";
    }
    return result;
}

}  // namespace sipha::geo::yaml
