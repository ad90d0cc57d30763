#include "tests/resolver/cases/zone_text.hpp"

#include <algorithm>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "tests/resolver/cases/notation.hpp"

namespace sipha::resolver::test::cases {
namespace {

constexpr std::string_view usual_hosts[] = {
    "h1.ex A 192.0.2.1", "h2.ex A 192.0.2.2", "h3.ex A 192.0.2.3"};

std::vector<std::string> lines_of(std::string text) {
    std::replace(text.begin(), text.end(), ';', '\n');
    std::istringstream stream(text);
    std::vector<std::string> out;
    for (std::string line; std::getline(stream, line);) {
        if (!words_of(line).empty()) {
            out.push_back(line);
        }
    }
    return out;
}

record_type type_of(const std::string& word, const std::string& line) {
    for (const auto type :
         {record_type::a, record_type::aaaa, record_type::srv, record_type::naptr}) {
        if (word == name(type)) {
            return type;
        }
    }
    throw std::invalid_argument("no type to be late in zone line: " + line);
}

}  // namespace

std::string numbered(std::string text, std::size_t number) {
    for (auto at = text.find("{n}"); at != text.npos; at = text.find("{n}")) {
        text.replace(at, 3, std::to_string(number));
    }
    return text;
}

zone_text make_zone_text(const std::string& zone, const std::optional<fields>& repeat) {
    auto lines = lines_of(zone);
    for (std::size_t number = 1; repeat && number <= repeat->number("count"); ++number) {
        for (auto& line : lines_of(numbered(repeat->text("lines"), number))) {
            lines.push_back(std::move(line));
        }
    }
    zone_text out;
    std::set<std::string> owners;
    for (const auto& line : lines) {
        const auto words = words_of(line);
        owners.insert(words[0]);
        if (words.back() == "NXDOMAIN") {
            continue;  // it is enough that nothing else names the owner
        }
        if (words.size() == 4 && words[2] == "LATE") {
            out.late[{words[0], type_of(words[1], line)}] = parse_duration(words[3]);
            out.is_plain = false;
            continue;
        }
        // A master file has no place for failures, and its server chooses the negative TTL.
        constexpr std::string_view beyond_files[] = {"FAIL", "SILENT"};
        const bool is_switch = words[0] == "SOA" || words[0] == "NOCHASE";
        out.is_plain = out.is_plain && !is_switch &&
                       words.back().find_first_of("~^") == line.npos &&
                       std::find(std::begin(beyond_files), std::end(beyond_files), words.back()) ==
                           std::end(beyond_files);
        out.records += line + '\n';
    }
    for (const auto line : usual_hosts) {
        if (!owners.contains(words_of(line)[0])) {
            out.records += std::string(line) + '\n';
        }
    }
    return out;
}

}  // namespace sipha::resolver::test::cases
