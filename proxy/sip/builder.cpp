#include "proxy/sip/builder.hpp"

#include <array>
#include <charconv>

#include "proxy/sip/fields.hpp"

namespace sipha::sip {

namespace {

void append_number(std::string& out, std::size_t number) {
    std::array<char, 20> digits{};
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    out.append(digits.data(), written.ptr);
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
    out.append(name);
    out += ": ";
    out.append(value);
    out += "\r\n";
}

void append_first_line(std::string& out, const message& from, header_id id) {
    if (const auto* const field = from.find(id)) {
        out.append(field->line);
    }
}

void append_all_lines(std::string& out, const message& from, header_id id) {
    for (const auto& field : from.headers()) {
        if (field.id == id) {
            out.append(field.line);
        }
    }
}

/// All Via in order, the topmost value exchanged for ours when there is one.
void append_vias(std::string& out, const message& request, std::string_view top_via) {
    if (top_via.empty()) {
        append_all_lines(out, request, header_id::via);
        return;
    }
    append_header(out, "Via", top_via);
    bool is_top_field = true;
    for (const auto& field : request.headers()) {
        if (field.id != header_id::via) {
            continue;
        }
        if (!is_top_field) {
            out.append(field.line);
            continue;
        }
        is_top_field = false;
        auto rest = field.value;
        next_value(rest);
        if (!trim_lws(rest).empty()) {
            append_header(out, "Via", trim_lws(rest));
        }
    }
}

void append_to_header(std::string& out, const message& request, const response_options& options) {
    const auto* const field = request.find(header_id::to);
    if (field == nullptr) {
        return;
    }
    // RFC 3261 8.2.6.2: every response but 100 must have a tag. A To that cannot be read is sent
    // back as it came, since there is no right place for the tag.
    const auto to = parse_name_addr(field->value);
    if (options.status == 100 || options.to_tag.empty() || !to || to->params.has("tag")) {
        out.append(field->line);
        return;
    }
    out += "To: ";
    out.append(field->value);
    out += ";tag=";
    out.append(options.to_tag);
    out += "\r\n";
}

void append_content_length(std::string& out, std::size_t octets) {
    out += "Content-Length: ";
    append_number(out, octets);
    out += "\r\n\r\n";
}

/// The part that ACK and CANCEL share: Request-Line, one Via, Max-Forwards, Route, From, Call-ID.
void append_hop_request(std::string& out, const message& sent, method kind) {
    out.append(to_text(kind));
    out += ' ';
    out.append(sent.request_uri());
    out += " SIP/2.0\r\n";
    // RFC 3261 17.1.1.3, 9.1: a single Via, equal to the top Via of the original request.
    if (const auto top = first_value(sent, header_id::via)) {
        append_header(out, "Via", *top);
    }
    if (const auto* const hops = sent.find(header_id::max_forwards)) {
        out.append(hops->line);
    } else {
        append_header(out, "Max-Forwards", "70");
    }
    append_all_lines(out, sent, header_id::route);
    append_first_line(out, sent, header_id::from);
    append_first_line(out, sent, header_id::call_id);
}

void append_cseq(std::string& out, const message& sent, method kind) {
    const auto* const field = sent.find(header_id::cseq);
    const auto number = field == nullptr ? std::nullopt : parse_cseq(field->value);
    if (number) {
        out += "CSeq: ";
        append_number(out, number->number);
        out += ' ';
        out.append(to_text(kind));
        out += "\r\n";
    }
}

}  // namespace

void append_response(std::string& out, const message& request, const response_options& options) {
    out += "SIP/2.0 ";
    append_number(out, static_cast<std::size_t>(options.status));
    out += ' ';
    out.append(options.reason.empty() ? default_reason(options.status) : options.reason);
    out += "\r\n";
    append_vias(out, request, options.top_via);
    if (options.record_route == record_route_copy::copy) {
        append_all_lines(out, request, header_id::record_route);
    }
    append_first_line(out, request, header_id::from);
    append_to_header(out, request, options);
    append_first_line(out, request, header_id::call_id);
    append_first_line(out, request, header_id::cseq);
    if (options.status == 100) {
        append_first_line(out, request, header_id::timestamp);
    }
    out.append(options.extra_headers);
    append_content_length(out, options.body.size());
    out.append(options.body);
}

void append_ack_for_failure(
    std::string& out, const message& sent_invite, std::string_view to_value
) {
    append_hop_request(out, sent_invite, method::ack);
    append_header(out, "To", to_value);
    append_cseq(out, sent_invite, method::ack);
    append_content_length(out, 0);
}

void append_cancel(
    std::string& out, const message& sent_invite, std::string_view reason_header_line
) {
    append_hop_request(out, sent_invite, method::cancel);
    append_first_line(out, sent_invite, header_id::to);
    append_cseq(out, sent_invite, method::cancel);
    out.append(reason_header_line);
    append_content_length(out, 0);
}

}  // namespace sipha::sip
