#include "proxy/sip/start_line.hpp"

#include "proxy/sip/text.hpp"

namespace sipha::sip {

namespace {

constexpr std::size_t npos = std::string_view::npos;

bool starts_with_sip_slash(std::string_view text) {
    return text.size() >= 4 && equal_ignoring_case(text.substr(0, 4), "SIP/");
}

/// SIP-Version: "SIP" "/" 1*DIGIT "." 1*DIGIT, without case (RFC 3261 7.1, 25.1).
bool is_version(std::string_view text) {
    if (!starts_with_sip_slash(text)) {
        return false;
    }
    const auto numbers = text.substr(4);
    const auto dot = numbers.find('.');
    return dot != npos && parse_delta_seconds(numbers.substr(0, dot)).has_value() &&
           parse_delta_seconds(numbers.substr(dot + 1)).has_value();
}

std::string_view trim_spaces(std::string_view text) {
    while (!text.empty() && text.front() == ' ') {
        text.remove_prefix(1);
    }
    while (!text.empty() && text.back() == ' ') {
        text.remove_suffix(1);
    }
    return text;
}

std::optional<parse_error> split_request_line(std::string_view line, start_line& out) {
    const auto first = line.find(' ');
    if (first == npos || !is_token(line.substr(0, first))) {
        return parse_error::malformed_start_line;
    }
    const auto middle = trim_spaces(line.substr(first));
    const auto last = middle.rfind(' ');
    if (last == npos || !is_version(middle.substr(last + 1))) {
        return parse_error::malformed_start_line;
    }
    out.is_request = true;
    out.method_text = line.substr(0, first);
    out.method = parse_method(out.method_text);
    out.version = middle.substr(last + 1);
    out.request_uri = trim_spaces(middle.substr(0, last));
    const auto exact_size =
        out.method_text.size() + 1 + out.request_uri.size() + 1 + out.version.size();
    out.is_exact = exact_size == line.size() && out.request_uri.find(' ') == npos;
    return std::nullopt;
}

std::optional<parse_error> split_status_line(std::string_view line, start_line& out) {
    const auto first = line.find(' ');
    if (first == npos || !is_version(line.substr(0, first))) {
        return parse_error::malformed_start_line;
    }
    const auto behind = line.substr(first + 1);
    const auto second = behind.find(' ');
    if (second == npos) {
        return parse_error::malformed_start_line;
    }
    const auto code = parse_uint(behind.substr(0, second));
    // RFC 3261 7.2: three digits, the first from 1 to 6.
    if (second != 3 || !code || *code < 100 || *code > 699) {
        return parse_error::malformed_status_code;
    }
    out.version = line.substr(0, first);
    out.status = static_cast<int>(*code);
    out.reason = behind.substr(second + 1);
    return std::nullopt;
}

}  // namespace

std::optional<parse_error> scan_start_line(std::string_view& rest, start_line& out) {
    const auto end = find_control(rest, 0);
    if (end == rest.size()) {
        return parse_error::malformed_start_line;
    }
    if (rest[end] != '\r' && rest[end] != '\n') {
        return parse_error::control_character;
    }
    if (rest.substr(end, 2) != "\r\n") {
        return parse_error::stray_line_end;
    }
    const auto line = rest.substr(0, end);
    out.line = rest.substr(0, end + 2);
    // A method is a token and holds no slash, so the two kinds of line cannot be confused.
    const bool is_status_line = starts_with_sip_slash(line);
    if (!is_status_line && line.find('\t') != npos) {
        return parse_error::control_character;  // only a Reason-Phrase may hold HTAB
    }
    const auto error =
        is_status_line ? split_status_line(line, out) : split_request_line(line, out);
    if (!error) {
        rest.remove_prefix(out.line.size());
    }
    return error;
}

}  // namespace sipha::sip
