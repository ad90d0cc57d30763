#include "tests/support/sip_text.hpp"

#include <gtest/gtest.h>

#include <charconv>

#include "proxy/sip/builder.hpp"
#include "proxy/sip/values.hpp"

namespace sipha::test {

sip::endpoint at(std::string_view text) {
    const auto first = text.find(':');
    const auto last = text.rfind(':');
    auto host = text.substr(first + 1, last - first - 1);
    if (host.starts_with('[')) {
        host = host.substr(1, host.size() - 2);
    }
    const auto transport = sip::parse_transport(text.substr(0, first));
    const auto ip = geo::ip_address::parse(host);
    sip::endpoint out;
    const auto port = text.substr(last + 1);
    const auto read = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (!transport || !ip || read.ec != std::errc{}) {
        ADD_FAILURE() << "not an endpoint: " << text;
        return out;
    }
    out.transport = *transport;
    out.ip = *ip;
    return out;
}

sip::hop hop_to(std::string_view remote, sip::flow_id flow) {
    return {0, at(remote), flow};
}

std::string request_text::text() const {
    std::string out = method + ' ' + uri + " SIP/2.0\r\n";
    out += "Via: " + via + "\r\n";
    if (!max_forwards.empty()) {
        out += "Max-Forwards: " + max_forwards + "\r\n";
    }
    out += "From: " + from + "\r\nTo: " + to + "\r\nCall-ID: " + call_id + "\r\n";
    out += "CSeq: " + std::to_string(cseq) + ' ' + method + "\r\n";
    for (const auto& line : headers) {
        out += line + "\r\n";
    }
    return out + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string response_to(
    std::string_view request, int status, std::string_view to_tag, std::string_view extra
) {
    sip::message message;
    if (sip::parse_message(request, message)) {
        ADD_FAILURE() << "cannot answer: " << request;
        return {};
    }
    sip::response_options options;
    options.status = status;
    options.to_tag = to_tag;
    options.extra_headers = extra;
    options.record_route = sip::record_route_copy::copy;
    std::string out;
    sip::append_response(out, message, options);
    return out;
}

parsed::parsed(std::string text) : text_(std::move(text)) {
    if (sip::parse_message(text_, message_)) {
        ADD_FAILURE() << "does not parse: " << text_;
    }
}

std::vector<std::string> parsed::values(sip::header_id id) const {
    std::vector<std::string> out;
    for (const auto value : sip::values_of(message_, id)) {
        out.emplace_back(value);
    }
    return out;
}

std::string parsed::value(sip::header_id id) const {
    const auto* field = message_.find(id);
    return field == nullptr ? std::string() : std::string(field->value);
}

std::string parsed::start_line() const {
    const auto line = message_.start_line();
    return std::string(line.substr(0, line.find('\r')));
}

std::string sent::kind() const {
    sip::message message;
    if (sip::parse_message(text, message)) {
        return "?";
    }
    return message.is_request() ? std::string(message.method_text())
                                : std::to_string(message.status());
}

std::vector<sent> drain(sip::outbox& out) {
    std::vector<sent> messages;
    for (const auto& entry : out.entries()) {
        messages.push_back({entry.to, entry.token, std::string(out.bytes(entry))});
    }
    out.clear();
    return messages;
}

std::string kinds(const std::vector<sent>& messages) {
    std::string out;
    for (const auto& one : messages) {
        out += (out.empty() ? "" : " ") + one.kind();
    }
    return out;
}

std::vector<sent> of_kind(const std::vector<sent>& messages, std::string_view kind) {
    std::vector<sent> out;
    for (const auto& one : messages) {
        if (one.kind() == kind) {
            out.push_back(one);
        }
    }
    return out;
}

}  // namespace sipha::test
