#include "tests/sim/ua_text.hpp"

#include "proxy/sip/builder.hpp"
#include "proxy/sip/cseq.hpp"
#include "proxy/sip/name_addr.hpp"
#include "proxy/sip/uri.hpp"
#include "proxy/sip/values.hpp"
#include "proxy/sip/via.hpp"

namespace sipha::sim {

std::string write_request(const request_text& what) {
    std::string out(what.method);
    out += ' ' + what.uri + " SIP/2.0\r\nVia: SIP/2.0/UDP ";
    sip::append_hostport(out, what.sent_by.ip, what.sent_by.port);
    // RFC 3581 3: rport asks for the answer at the source port, which a NAT changes.
    out += ";rport;branch=z9hG4bK" + what.branch + "\r\nMax-Forwards: 70\r\n";
    out += what.lines;
    out += "From: " + what.from + "\r\nTo: " + what.to + "\r\nCall-ID: " + what.call_id;
    out += "\r\nCSeq: " + std::to_string(what.cseq) + ' ';
    out += what.method;
    out += "\r\n";
    if (!what.contact.empty()) {
        out += "Contact: " + what.contact + "\r\n";
    }
    return out + "Content-Length: 0\r\n\r\n";
}

std::string write_response(const sip::message& request, const response_text& what) {
    sip::response_options options;
    options.status = what.status;
    options.to_tag = what.to_tag;
    std::string lines;
    if (!what.contact.empty()) {
        lines = "Contact: " + std::string(what.contact) + "\r\n";
        options.record_route = sip::record_route_copy::copy;
    }
    options.extra_headers = lines;
    std::string out;
    sip::append_response(out, request, options);
    return out;
}

std::string_view value_of(const sip::message& message, sip::header_id id) {
    const auto* header = message.find(id);
    return header == nullptr ? std::string_view() : header->value;
}

std::string_view branch_of(const sip::message& message) {
    const auto top = sip::first_value(message, sip::header_id::via);
    const auto via = top ? sip::parse_via(*top) : std::nullopt;
    return via ? via->branch : std::string_view();
}

std::uint32_t cseq_of(const sip::message& message) {
    const auto cseq = sip::parse_cseq(value_of(message, sip::header_id::cseq));
    return cseq ? cseq->number : 0;
}

std::string_view cseq_method_of(const sip::message& message) {
    const auto cseq = sip::parse_cseq(value_of(message, sip::header_id::cseq));
    return cseq ? cseq->method_text : std::string_view();
}

std::string_view uri_of(std::string_view name_addr_value) {
    const auto parsed = sip::parse_name_addr(name_addr_value);
    return parsed ? parsed->uri : std::string_view();
}

std::optional<sip::endpoint> address_of(std::string_view uri) {
    const auto parsed = sip::parse_uri(uri);
    const auto ip = parsed ? geo::ip_address::parse(parsed->host) : std::nullopt;
    if (!ip) {
        return std::nullopt;
    }
    return sip::endpoint{sip::transport::udp, *ip, parsed->port.value_or(5060)};
}

std::string contact_at(std::string_view user, const sip::endpoint& at) {
    std::string out = "<sip:" + std::string(user) + '@';
    sip::append_hostport(out, at.ip, at.port);
    return out + '>';
}

}  // namespace sipha::sim
