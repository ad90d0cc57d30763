#include "proxy/sip/header_scanner.hpp"

#include <array>
#include <cstddef>

#include "proxy/sip/text.hpp"

namespace sipha::sip {

namespace {

constexpr std::array<std::string_view, 9> sentences = {
    "the bytes hold no message, only line ends or nothing",
    "the first line is neither a Request-Line nor a Status-Line",
    "the status code is not a number from 100 to 699",
    "a header line has no name, an invalid name or no colon",
    "a control character stands outside a quoted pair",
    "a CR or LF stands alone instead of in a CRLF",
    "the bytes end before the empty line behind the headers",
    "the message has more header fields than are accepted",
    "Content-Length promises more octets than arrived",
};
static_assert(sentences.size() == static_cast<std::size_t>(parse_error::truncated_body) + 1);

/// RFC 3261 25.1: a control character is legal only as the second half of a quoted pair, inside a
/// quoted string or a comment.
bool controls_are_quoted(std::string_view value) {
    bool in_quotes = false;
    std::size_t comment_depth = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        if (c == '\\' && (in_quotes || comment_depth > 0)) {
            ++i;
        } else if (is_control(c) && !is_lws(c)) {
            return false;
        } else if (c == '"' && comment_depth == 0) {
            in_quotes = !in_quotes;
        } else if (c == '(' && !in_quotes) {
            ++comment_depth;
        } else if (c == ')' && !in_quotes && comment_depth > 0) {
            --comment_depth;
        }
    }
    return true;
}

/// Finds the CRLF that ends the field, stepping over folds.
/// @param text behind the colon. @returns its position, or why there is none.
struct line_end {
    std::size_t position = 0;
    bool has_controls = false;
    std::optional<parse_error> error;
};

line_end find_line_end(std::string_view text) {
    line_end found;
    const auto first = find_control(text, 0);
    if (first + 2 < text.size() && text[first] == '\r' && text[first + 1] == '\n' &&
        text[first + 2] != ' ' && text[first + 2] != '\t') {
        found.position = first;  // one line, as nearly all are
        return found;
    }
    for (auto i = first; i < text.size(); i = find_control(text, i + 1)) {
        const char c = text[i];
        if (c == '\n') {
            found.error = parse_error::stray_line_end;
            return found;
        }
        if (c != '\r') {
            found.has_controls = true;
            continue;
        }
        if (i + 2 >= text.size()) {
            break;  // whether a fold or the next field follows is not known
        }
        if (text[i + 1] != '\n') {
            found.error = parse_error::stray_line_end;
            return found;
        }
        if (text[i + 2] != ' ' && text[i + 2] != '\t') {
            found.position = i;
            return found;
        }
        ++i;
    }
    found.error = parse_error::unterminated_headers;
    return found;
}

}  // namespace

std::string_view to_text(parse_error error) {
    return sentences[static_cast<std::size_t>(error)];
}

std::optional<parse_error> scan_header(std::string_view& rest, header& out) {
    auto at = char_class::span(rest, char_class::token);
    out.name = rest.substr(0, at);
    // RFC 3261 25.1 HCOLON: white space, but no fold, may stand before the colon.
    while (at < rest.size() && (rest[at] == ' ' || rest[at] == '\t')) {
        ++at;
    }
    if (at == rest.size()) {
        return parse_error::unterminated_headers;
    }
    if (out.name.empty() || rest[at] != ':') {
        return parse_error::malformed_header_name;
    }
    const auto body = rest.substr(at + 1);
    const auto end = find_line_end(body);
    if (end.error) {
        return end.error;
    }
    const auto value = body.substr(0, end.position);
    if (end.has_controls && !controls_are_quoted(value)) {
        return parse_error::control_character;
    }
    out.id = parse_header_id(out.name);
    out.value = trim_lws(value);
    out.line = rest.substr(0, at + 1 + end.position + 2);
    rest.remove_prefix(out.line.size());
    return std::nullopt;
}

}  // namespace sipha::sip
