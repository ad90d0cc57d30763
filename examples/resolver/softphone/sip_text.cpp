#include "examples/resolver/softphone/sip_text.hpp"

#include <algorithm>
#include <charconv>

namespace softphone {
namespace {

constexpr unsigned default_port = 5060;

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool same(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) {
        return lower(a) == lower(b);
    });
}

/// RFC 3261 7.3.3.
bool is_compact_form(std::string_view have, std::string_view want) {
    constexpr std::pair<std::string_view, std::string_view> forms[] = {
        {"v", "via"}, {"f", "from"}, {"t", "to"}, {"i", "call-id"}, {"m", "contact"}};
    return std::any_of(std::begin(forms), std::end(forms), [&](const auto& form) {
        return same(have, form.first) && same(want, form.second);
    });
}

bool is_header(std::string_view have, std::string_view want) {
    return same(have, want) || is_compact_form(have, want);
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    const auto last = text.find_last_not_of(" \t");
    return first == std::string_view::npos ? "" : text.substr(first, last - first + 1);
}

unsigned number(std::string_view text) {
    unsigned value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace

std::string sip_message::method() const {
    return is_request() ? start_line.substr(0, start_line.find(' ')) : std::string();
}

int sip_message::status() const {
    return is_request() ? 0 : static_cast<int>(number(std::string_view(start_line).substr(8)));
}

std::string_view sip_message::header(std::string_view name) const {
    const auto found = std::find_if(headers.begin(), headers.end(), [name](const auto& entry) {
        return is_header(entry.first, name);
    });
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

unsigned sip_message::cseq() const {
    return number(header("cseq"));
}

std::optional<sip_message> parse_message(std::string_view text) {
    sip_message message;
    const auto head = text.substr(0, text.find("\r\n\r\n"));
    for (std::size_t at = 0; at < head.size();) {
        const auto end = std::min(head.find("\r\n", at), head.size());
        const auto line = head.substr(at, end - at);
        at = end + 2;
        if (message.start_line.empty()) {
            message.start_line = line;
            continue;
        }
        const bool is_folded = line.starts_with(' ') || line.starts_with('\t');
        const auto colon = line.find(':');
        if (is_folded && !message.headers.empty()) {
            (message.headers.back().second += ' ') += trim(line);
        } else if (colon == std::string_view::npos || message.headers.size() >= max_headers) {
            return std::nullopt;
        } else {
            message.headers.emplace_back(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
        }
    }
    const bool is_sip = message.start_line.find("SIP/2.0") != std::string::npos;
    for (const auto* name : {"via", "from", "to", "call-id", "cseq"}) {
        if (!is_sip || message.header(name).empty()) {
            return std::nullopt;  // RFC 3261 8.1.1: every message has these
        }
    }
    return message;
}

std::string_view parameter(std::string_view value, std::string_view name) {
    if (const auto close = value.find('>'); close != std::string_view::npos) {
        value.remove_prefix(close + 1);  // parameters inside <> belong to the URI
    }
    for (auto at = value.find(';'); at != std::string_view::npos; at = value.find(';', at + 1)) {
        const auto one = trim(value.substr(at + 1, value.find_first_of(";,", at + 1) - at - 1));
        const auto equals = one.find('=');
        if (same(trim(one.substr(0, equals)), name)) {
            return equals == std::string_view::npos ? std::string_view(" ")
                                                    : trim(one.substr(equals + 1));
        }
    }
    return {};
}

std::string make_reply(
    const sip_message& request,
    const std::pair<std::string, unsigned>& received,
    const reply_parts& parts
) {
    std::string text = "SIP/2.0 " + parts.status + "\r\n";
    bool is_first_via = true;
    for (const auto& [name, value] : request.headers) {
        if (is_header(name, "via")) {
            auto via = value;
            if (is_first_via) {
                // RFC 3581 4: tell the sender where it was seen.
                if (const auto at = via.find(";rport"); at != std::string::npos) {
                    const auto end = via.find_first_of(";,", at + 1);
                    const auto length = end == std::string::npos ? end : end - at;
                    via.replace(at, length, ";rport=" + std::to_string(received.second));
                }
                via.insert(std::min(via.find(','), via.size()), ";received=" + received.first);
                is_first_via = false;
            }
            text += "Via: " + via + "\r\n";
        } else if (is_header(name, "record-route")) {
            text += "Record-Route: " + value + "\r\n";
        }
    }
    for (const auto* name : {"From", "To", "Call-ID", "CSeq"}) {
        text += std::string(name) + ": " + std::string(request.header(name));
        const bool needs_tag = same(name, "to") && parameter(request.header("to"), "tag").empty();
        text += (needs_tag ? ";tag=" + parts.to_tag : std::string()) + "\r\n";
    }
    text += parts.headers;
    if (!parts.body.empty()) {
        text += "Content-Type: application/sdp\r\n";
    }
    return text + "Content-Length: " + std::to_string(parts.body.size()) + "\r\n\r\n" + parts.body;
}

unsigned reply_port(const sip_message& request, unsigned source_port) {
    auto via = request.header("via");
    via = via.substr(0, via.find(','));
    if (!parameter(via, "rport").empty()) {
        return source_port;
    }
    auto sent_by = via.substr(0, via.find(';'));
    sent_by.remove_prefix(std::min(sent_by.size(), sent_by.find_last_of(" \t") + 1));
    const auto after_host = sent_by.find(':', sent_by.starts_with('[') ? sent_by.find(']') : 0);
    return after_host == std::string_view::npos ? default_port
                                                : number(sent_by.substr(after_host + 1));
}

}  // namespace softphone
