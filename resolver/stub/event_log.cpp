#include "resolver/stub/event_log.hpp"

#include <array>

namespace sipha::resolver::stub {
namespace {

bool is_plain(char letter) {
    return letter > ' ' && letter < '\x7f' && letter != '"' && letter != '\\';
}

void append_quoted(std::string& text, std::string_view value) {
    text += '"';
    for (const char letter : value) {
        if (is_plain(letter) || letter == ' ') {
            text += letter;
        } else if (letter == '"' || letter == '\\') {
            text += '\\';
            text += letter;
        } else {
            // RFC 8259 7; other octets than ASCII are shown one by one.
            std::array<char, 8> escaped{};
            std::snprintf(
                escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned char>(letter)
            );
            text += escaped.data();
        }
    }
    text += '"';
}

void append_value(std::string& text, std::string_view value) {
    bool needs_quotes = value.empty();
    for (const char letter : value) {
        needs_quotes = needs_quotes || !is_plain(letter);
    }
    if (needs_quotes) {
        append_quoted(text, value);
    } else {
        text += value;
    }
}

}  // namespace

std::string log_line(
    log_form form, std::string_view event, std::initializer_list<log_field> fields
) {
    std::string text;
    if (form == log_form::json) {
        text = "{\"event\":";
        append_quoted(text, event);
        for (const auto& [key, value] : fields) {
            text += ',';
            append_quoted(text, key);
            text += ':';
            append_quoted(text, value);
        }
        return text + '}';
    }
    text = "event=";
    text += event;
    for (const auto& [key, value] : fields) {
        text += ' ';
        text += key;
        text += '=';
        append_value(text, value);
    }
    return text;
}

void event_log::line(std::string_view event, std::initializer_list<log_field> fields) {
    const auto text = log_line(form_, event, fields) + '\n';
    std::fwrite(text.data(), 1, text.size(), to_);
    std::fflush(to_);
}

}  // namespace sipha::resolver::stub
