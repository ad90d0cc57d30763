// From bytes to a request that belongs to a transaction: read, validated, told apart.
#include "proxy/node/node.hpp"
#include "proxy/node/request_facts.hpp"

namespace sipha::proxy {

void node::on_sip(timing::instant now, const sip_received& what, effects& out) {
    if (!is_admitted(now, what, out)) {
        return;
    }
    if (is_keepalive(what.bytes)) {
        ++counters_.keepalives;
        return;
    }
    const auto error = sip::parse_message(what.bytes, parsed_);
    if (error && *error != sip::parse_error::truncated_body) {
        ++counters_.dropped_unparsable;
        return;
    }
    if (!parsed_.is_request()) {
        ++counters_.responses;
        if (error || sip::validate(parsed_).status != 0) {
            ++counters_.dropped_invalid_response;
            return;
        }
        on_response(now, parsed_, what.from, out);
        return;
    }
    ++counters_.requests;
    auto verdict = sip::validate(parsed_);
    if (error && verdict.status == 0) {
        verdict = {400, "Body shorter than Content-Length"};
    }
    if (verdict.status == 0) {
        on_request(now, parsed_, what.from, out);
        return;
    }
    // RFC 3261 16.3: answered without a transaction, if there is somebody to answer to.
    // A Via that cannot be read goes back as it came, to where the request came from.
    if (parsed_.method() == sip::method::ack || parsed_.find(sip::header_id::via) == nullptr) {
        ++counters_.dropped_invalid_request;
        return;
    }
    sip::response_options options;
    options.status = verdict.status;
    options.reason = verdict.reason;
    answer(now, {parsed_, what.from, 0}, options, out);
}

void node::on_request(
    timing::instant now, const sip::message& request, const sip::hop& from, effects& out
) {
    const auto arrived = transactions_.on_request(now.mono, request, from, out.messages);
    const arrival what{request, from, arrived.server};
    switch (arrived.what) {
        case txn::table::arrival::absorbed:
            return;
        case txn::table::arrival::ack_for_2xx:
        case txn::table::arrival::unmatched_ack:
            on_ack(now, what, out);
            return;
        case txn::table::arrival::full: {
            answer(now, what, {.status = 503}, out);
            return;
        }
        case txn::table::arrival::fresh:
            break;
    }
    if (request.method() == sip::method::cancel) {
        on_cancel(now, what, out);
    } else {
        on_new_request(now, what, out);
    }
}

}  // namespace sipha::proxy
