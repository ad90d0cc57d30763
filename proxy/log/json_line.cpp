#include "proxy/log/json_line.hpp"

#include "proxy/log/utf8.hpp"

namespace sipha::log {

namespace {

void append_string(std::string& out, std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            out += "\\u00";
            out += digits[byte >> 4];
            out += digits[byte & 0xfU];
        } else {
            out += c;
        }
    }
    out += '"';
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
    out += out.size() > 1 ? "," : "";
    append_string(out, name);
    out += ':';
    append_string(out, value);
}

bool is_name(std::string_view text) {
    return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
                                std::string_view::npos;
}

/// Cuts the next word off; quotes keep a value with spaces together.
std::string_view next_word(std::string_view& rest) {
    std::size_t end = 0;
    bool is_quoted = false;
    while (end < rest.size() && (is_quoted || rest[end] != ' ')) {
        is_quoted = rest[end] == '"' ? !is_quoted : is_quoted;
        ++end;
    }
    const auto word = rest.substr(0, end);
    rest.remove_prefix(end < rest.size() ? end + 1 : end);
    return word;
}

}  // namespace

std::string json_line(std::string_view time, std::string_view level, std::string_view text) {
    const auto clean = to_utf8(text);
    std::string out = "{";
    append_member(out, "time", time);
    append_member(out, "level", level);
    std::string others;
    for (std::string_view rest = clean; !rest.empty();) {
        const auto word = next_word(rest);
        const auto equals = word.find('=');
        const auto name = word.substr(0, equals);
        if (equals == std::string_view::npos || !is_name(name)) {
            others += others.empty() ? "" : " ";
            others += word;
            continue;
        }
        auto value = word.substr(equals + 1);
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
            value = value.substr(1, value.size() - 2);
        }
        // Names of ours would stand twice.
        const bool is_taken = name == "time" || name == "level" || name == "text";
        append_member(out, is_taken ? std::string(name) + '_' : std::string(name), value);
    }
    if (!others.empty()) {
        append_member(out, "text", others);
    }
    return out + '}';
}

}  // namespace sipha::log
