#include "resolver/src/probe_text.hpp"

#include <algorithm>
#include <cstdio>

#include "resolver/src/draw.hpp"
#include "resolver/src/names.hpp"

namespace sipha::resolver::detail {
namespace {

std::string hex(std::uint64_t value) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
    return text;
}

/// Digits at the start of the text; values above a day say no more than a day does.
std::optional<std::chrono::seconds> leading_seconds(std::string_view text) {
    constexpr int longest = 86'400;
    int value = 0;
    std::size_t digits = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
        value = std::min(longest, value * 10 + (text[digits] - '0'));
    }
    return digits == 0 ? std::nullopt : std::optional(std::chrono::seconds(value));
}

std::string_view trimmed(std::string_view text) {
    const auto from = text.find_first_not_of(" \t");
    return from == std::string_view::npos ? std::string_view{} : text.substr(from);
}

/// RFC 3261 20.33: seconds, then a comment or parameters.
std::optional<std::chrono::seconds> retry_after_of(std::string_view headers) {
    constexpr std::string_view wanted = "retry-after";
    while (!headers.empty()) {
        const auto end = headers.find("\r\n");
        const auto line = headers.substr(0, end);
        const auto colon = line.find(':');
        if (colon != std::string_view::npos) {
            auto field = line.substr(0, colon);
            while (!field.empty() && (field.back() == ' ' || field.back() == '\t')) {
                field.remove_suffix(1);
            }
            if (equals_ignoring_case(field, wanted)) {
                return leading_seconds(trimmed(line.substr(colon + 1)));
            }
        }
        if (end == std::string_view::npos || line.empty()) {
            break;
        }
        headers.remove_prefix(end + 2);
    }
    return std::nullopt;
}

}  // namespace

probe_names make_probe_names(std::uint64_t seed, probe_id id) {
    auto draw = keyed_draw(seed ^ id, "probe");
    probe_names names;
    names.branch = "z9hG4bK" + hex(draw.next());
    names.call_id = hex(draw.next());
    names.tag = hex(draw.next());
    return names;
}

std::string make_options(const probe& what, const probe_names& names, std::string_view local) {
    const auto place = hostport(what.target.ip, what.target.port);
    const auto host = what.domain.empty() ? place : what.domain;
    const bool is_v6 = what.domain.find(':') != std::string::npos && !what.domain.empty();
    const auto uri = "sip:" + (is_v6 ? '[' + host + ']' : host);
    const auto over = what.target.transport == transport::udp ? "UDP" : "TCP";
    std::string text = "OPTIONS " + uri + " SIP/2.0\r\n";
    text += std::string("Via: SIP/2.0/") + over + ' ' + std::string(local) +
            ";rport;branch=" + names.branch + "\r\n";
    text += "Max-Forwards: 0\r\n";
    text += "From: <" + uri + ">;tag=" + names.tag + "\r\n";
    text += "To: <" + uri + ">\r\n";
    text += "Call-ID: " + names.call_id + "\r\n";
    text += "CSeq: 1 OPTIONS\r\n";
    text += "Contact: <sip:" + std::string(local) + ">\r\n";
    text += "Accept: application/sdp\r\nContent-Length: 0\r\n\r\n";
    return text;
}

std::optional<probe_answer> read_probe_answer(std::string_view text, std::string_view branch) {
    constexpr std::string_view version = "SIP/2.0 ";
    const auto is_digit = [](char letter) { return letter >= '0' && letter <= '9'; };
    if (text.size() < version.size() + 3 ||
        !equals_ignoring_case(text.substr(0, version.size()), version)) {
        return std::nullopt;
    }
    const auto code = text.substr(version.size(), 3);
    if (!std::all_of(code.begin(), code.end(), is_digit) || code[0] < '1' || code[0] > '6') {
        return std::nullopt;
    }
    // RFC 3261 17.1.3: the branch tells our response from any other.
    if (text.find(branch) == std::string_view::npos) {
        return std::nullopt;
    }
    probe_answer answer;
    answer.status =
        static_cast<std::uint16_t>((code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0'));
    answer.retry_after = retry_after_of(text);
    return answer;
}

}  // namespace sipha::resolver::detail
