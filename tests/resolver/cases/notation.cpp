#include "tests/resolver/cases/notation.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <sipha/resolver/errors.hpp>

namespace sipha::resolver::test::cases {
namespace {

/// Some words of a pattern, and how many of them stand in its place, in any order.
struct group {
    std::vector<std::string> words;
    std::size_t count = 1;
};

std::vector<group> groups_of(std::string_view pattern) {
    std::vector<group> out;
    for (auto& word : words_of(pattern)) {
        const bool is_all = word.starts_with('[') && word.ends_with(']');
        const bool is_one = word.starts_with('(') && word.ends_with(')');
        if ((!is_all && !is_one) || word.find('|') == word.npos) {
            out.push_back({{std::move(word)}});
            continue;
        }
        std::istringstream inner(word.substr(1, word.size() - 2));
        group any;
        for (std::string part; std::getline(inner, part, '|');) {
            any.words.push_back(part);
        }
        any.count = is_all ? any.words.size() : 1;
        out.push_back(std::move(any));
    }
    return out;
}

bool is_same(const std::string& wanted, const std::string& word) {
    const bool is_timed = wanted.find('@') != wanted.npos;
    return wanted == (is_timed ? word : word.substr(0, word.find('@')));
}

}  // namespace

std::string host_text(const address& ip) {
    auto text = ip.to_string();
    if (text.starts_with("192.0.2.")) {
        return "h" + text.substr(8);
    }
    if (text.starts_with("2001:db8::")) {
        return "h" + text.substr(10) + "/6";
    }
    return text;
}

std::string place_text(const candidate& place) {
    std::string out(1, "UCTWX"[static_cast<std::size_t>(place.transport)]);
    out += ':' + host_text(place.ip);
    if (place.port != default_port(place.transport)) {
        out += ':' + std::to_string(place.port);
    }
    return out;
}

std::string places_text(const std::vector<candidate>& list) {
    std::string out;
    for (const auto& place : list) {
        out += (out.empty() ? "" : " ") + place_text(place);
    }
    return out;
}

std::chrono::milliseconds parse_duration(const std::string& text) {
    long long count = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, count);
    const std::string_view unit(stop, static_cast<std::size_t>(end - stop));
    if (error == std::errc{} && unit == "ms") {
        return std::chrono::milliseconds(count);
    }
    if (error == std::errc{} && unit == "s") {
        return std::chrono::seconds(count);
    }
    throw std::invalid_argument("'" + text + "' is no duration: write 300ms or 30s");
}

std::vector<std::string> words_of(std::string_view text) {
    std::istringstream stream{std::string(text)};
    std::vector<std::string> out;
    for (std::string word; stream >> word;) {
        out.push_back(std::move(word));
    }
    return out;
}

std::optional<std::string> mismatch(std::string_view pattern, std::string_view actual) {
    auto have = words_of(actual);
    const auto complaint = [&] {
        return "wanted: " + std::string(pattern) + "\n   got: " + std::string(actual);
    };
    std::size_t at = 0;
    for (auto& any : groups_of(pattern)) {
        for (std::size_t left = any.count; left != 0; --left) {
            const auto found =
                std::find_if(any.words.begin(), any.words.end(), [&](const std::string& wanted) {
                    return at < have.size() && is_same(wanted, have[at]);
                });
            if (found == any.words.end()) {
                return complaint();
            }
            any.words.erase(found);
            ++at;
        }
    }
    return at == have.size() ? std::nullopt : std::optional(complaint());
}

}  // namespace sipha::resolver::test::cases
