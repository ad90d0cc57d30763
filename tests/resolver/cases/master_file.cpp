#include "tests/resolver/cases/master_file.hpp"

#include <cctype>
#include <cstddef>
#include <sstream>
#include <vector>

#include "tests/resolver/cases/notation.hpp"

namespace sipha::resolver::test::cases {
namespace {

bool is_of_label(char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-' || letter == '_';
}

bool is_ex(const std::string& text, std::size_t at) {
    const bool begins = at == 0 || !is_of_label(text[at - 1]);
    const bool ends = at + 2 >= text.size() || !is_of_label(text[at + 2]);
    const auto lower = [&text](std::size_t index) {
        return std::tolower(static_cast<unsigned char>(text[index]));
    };
    return begins && ends && lower(at) == 'e' && lower(at + 1) == 'x';
}

std::string absolute(const std::string& name) {
    return name == "." || name == "-" ? "." : name + '.';
}

/// A character-string of a NAPTR record.
std::string quoted(const std::string& field) {
    std::string out = "\"";
    for (const char letter : field == "-" ? std::string() : field) {
        out += letter == '\\' || letter == '"' ? "\\" : "";
        out += letter;
    }
    return out + '"';
}

std::string master_line(const std::vector<std::string>& words) {
    const bool has_ttl = std::isdigit(static_cast<unsigned char>(words[1][0])) != 0;
    const std::size_t type = has_ttl ? 2 : 1;
    std::string out = absolute(words[0]) + ' ' + (has_ttl ? words[1] : "60") + " IN " + words[type];
    for (auto index = type + 1; index < words.size(); ++index) {
        const auto position = index - type;
        const bool is_text = words[type] == "NAPTR" && position >= 3 && position <= 5;
        const bool is_name =
            index + 1 == words.size() && words[type] != "A" && words[type] != "AAAA";
        out += ' ' + (is_text   ? quoted(words[index])
                      : is_name ? absolute(words[index])
                                : words[index]);
    }
    return out + '\n';
}

}  // namespace

std::string moved(const std::string& text, const std::string& label) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (at + 1 < text.size() && is_ex(text, at)) {
            out += label + '.';
        }
        out += text[at];
    }
    return out;
}

std::string master_lines(const zone_text& zone, const std::string& label) {
    std::istringstream lines(zone.records);
    std::string out;
    for (std::string line; std::getline(lines, line);) {
        const auto words = words_of(moved(line, label));
        if (words.size() > 1) {  // "GLUE" is what real servers do anyhow
            out += master_line(words);
        }
    }
    return out;
}

std::string master_head() {
    return "ex. 60 IN SOA ns.ex. hostmaster.ex. 1 3600 900 86400 60\n"
           "ex. 60 IN NS ns.ex.\nns.ex. 60 IN A 127.0.0.1\n";
}

}  // namespace sipha::resolver::test::cases
