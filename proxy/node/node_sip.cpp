// The SIP half of the node: what arrives, which component it goes to, what is answered here.
#include <algorithm>
#include <array>
#include <utility>

#include "proxy/node/node.hpp"
#include "proxy/route/unsupported.hpp"
#include "proxy/sip/name_addr.hpp"
#include "proxy/sip/text.hpp"
#include "proxy/sip/values.hpp"
#include "proxy/sip/via.hpp"

namespace sipha::proxy {

namespace {

constexpr std::string_view allow =
    "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, PRACK, UPDATE, INFO, REFER, SUBSCRIBE, "
    "NOTIFY, PUBLISH, MESSAGE\r\n";

std::optional<sip::via> top_via(const sip::message& message) {
    const auto* header = message.find(sip::header_id::via);
    if (header == nullptr) {
        return std::nullopt;
    }
    auto rest = header->value;
    const auto first = sip::next_value(rest);
    return first ? sip::parse_via(*first) : std::nullopt;
}

bool is_keepalive(std::string_view bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](char c) {
        return c == '\r' || c == '\n' || c == '\0';
    });
}

/// The sender's own Via does not name the address it came from: responses and later requests reach
/// it only there.
bool is_behind_nat(const sip::message& request, const sip::hop& from) {
    const auto via = top_via(request);
    const auto sent_by = geo::ip_address::parse(via->host);
    return sip::is_reliable(from.remote.transport) || sent_by != from.remote.ip ||
           via->port.value_or(sip::default_port(from.remote.transport)) != from.remote.port;
}

bool has_no_hops_left(const sip::message& request) {
    const auto* hops = request.find(sip::header_id::max_forwards);
    return hops != nullptr && sip::parse_uint(hops->value) == 0u;
}

}  // namespace

void node::on_sip(timing::instant now, const sip_received& what, effects& out) {
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
        on_response(now, parsed_, out);
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
    if (parsed_.method() == sip::method::ack || !top_via(parsed_)) {
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
            sip::response_options options;
            options.status = 503;
            options.extra_headers = "Retry-After: 10\r\n";
            answer(now, what, options, out);
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

void node::on_response(timing::instant now, const sip::message& response, effects& out) {
    const auto matched = transactions_.on_response(now.mono, response, out.messages);
    switch (matched.what) {
        case txn::table::match::pass_up:
            relay_.on_response(now.mono, matched, response, to_relay(out));
            break;
        case txn::table::match::absorbed:
            break;
        case txn::table::match::unknown:
            ++counters_.dropped_stray_response;
            break;
        case txn::table::match::foreign_node:
            ++counters_.dropped_foreign_response;
            break;
        case txn::table::match::forged:
            ++counters_.dropped_forged_response;
            break;
    }
}

void node::on_ack(timing::instant now, const arrival& ack, effects& out) {
    // RFC 3261 16 and 13.2.2.4: the ACK of a 2xx goes end to end, along the dialog only.
    const auto routes = route::read_routes(ack.request, us_, tokens_);
    if (!routes || !routes->token) {
        ++counters_.dropped_stray_ack;
        return;
    }
    if (has_no_hops_left(ack.request)) {
        ++counters_.dropped_exhausted_ack;  // RFC 3261 16.3 step 3, and an ACK has no answer
        return;
    }
    forward(
        now,
        {ack.request, ack.from, 0},
        *routes,
        policy_.decide(now.mono, ack.request, *routes, ack.from.remote),
        out
    );
}

void node::on_cancel(timing::instant now, const arrival& cancel, effects& out) {
    // RFC 3261 16.10 and 9.2: answered at once; the INVITE gets its own final response. The To tag
    // comes out equal to that of the INVITE's responses, because both requests share the branch.
    const auto invite = transactions_.find_cancelled(cancel.request);
    sip::response_options options;
    options.status = invite == 0 ? 481 : 200;
    answer(now, cancel, options, out);
    if (invite != 0) {
        std::string reason_lines;  // RFC 3326 2: goes on with our CANCELs
        for (const auto& field : cancel.request.headers()) {
            if (field.id == sip::header_id::reason) {
                reason_lines += field.line;
            }
        }
        relay_.on_cancel(now.mono, transactions_.owner_of(invite), reason_lines, to_relay(out));
    }
}

void node::on_new_request(timing::instant now, const arrival& what, effects& out) {
    sip::response_options options;
    const auto routes = route::read_routes(what.request, us_, tokens_);
    if (!routes) {
        options.status = 400;
        options.reason = "Malformed Route";
        answer(now, what, options, out);
        return;
    }
    if (drain_ != ha::drain_state::off && !routes->token &&
        (drain_ == ha::drain_state::on || what.request.method() == sip::method::register_)) {
        ++counters_.refused_draining;
        options.status = 503;
        options.extra_headers = ha::retry_after_line(what.request);
        answer(now, what, options, out);
        return;
    }
    auto decided = policy_.decide(now.mono, what.request, *routes, what.from.remote);
    const bool is_ours = decided.what == route::decision::action::answer ||
                         decided.what == route::decision::action::registrar ||
                         decided.what == route::decision::action::refuse;
    std::string extra;
    if (!is_ours && has_no_hops_left(what.request)) {
        decided.what = route::decision::action::refuse;  // RFC 3261 16.3 step 3
        decided.status = 483;
        decided.reason = {};
    } else if (what.request.find(sip::header_id::proxy_require) != nullptr) {
        decided.what =
            route::decision::action::refuse;  // 16.3 step 5; we have no extension to offer
        decided.status = 420;
        decided.reason = {};
        extra = route::unsupported_line(what.request, sip::header_id::proxy_require);
    }
    switch (decided.what) {
        case route::decision::action::refuse:
            options.status = decided.status;
            options.reason = decided.reason;
            options.extra_headers = extra;
            answer(now, what, options, out);
            return;
        case route::decision::action::answer:
            options.status = 200;
            options.extra_headers = allow;
            answer(now, what, options, out);
            return;
        case route::decision::action::registrar:
            on_register(now, what, out);
            return;
        case route::decision::action::contacts:
        case route::decision::action::upstream:
        case route::decision::action::route:
        case route::decision::action::path:
            forward(now, what, *routes, decided, out);
            return;
    }
}

void node::on_register(timing::instant now, const arrival& what, effects& out) {
    ++counters_.registers;
    auto outcome = registrar_.handle(
        now.mono,
        {what.request,
         what.from,
         us_.listener(what.from.listener),
         cluster_.clock().next(now.wall_ms)},
        us_
    );
    std::uint64_t sequence = 0;
    for (auto& record : outcome.records) {
        sequence = cluster_.publish({cluster::record_kind::registration, std::move(record)});
    }
    sip::response_options options;
    options.status = outcome.status;
    options.reason = outcome.reason;
    options.extra_headers = outcome.headers;
    if (sequence == 0 || options_.ack == register_ack::none) {
        answer(now, what, options, out);
        return;
    }
    waiting_.emplace(
        sequence,
        waiting_register{
            what.server, outcome.status, compose(what, options), now.mono + options_.ack_limit}
    );
}

void node::forward(
    timing::instant now,
    const arrival& what,
    const route::route_view& routes,
    const route::decision& decided,
    effects& out
) {
    auto targets = targets_.find(now.mono, decided, what.request, routes);
    if (targets.empty()) {
        if (what.server != 0) {
            sip::response_options options;
            options.status = 480;
            options.reason = "No contact can be reached from here";
            answer(now, what, options, out);
        } else {
            ++counters_.dropped_stray_ack;
        }
        return;
    }
    if (what.request.method() == sip::method::invite) {
        // RFC 3261 16.2 and 17.2.1: stop the sender's retransmissions at once.
        sip::response_options trying;
        trying.status = 100;
        transactions_.respond(now.mono, what.server, 100, compose(what, trying), out.messages);
    }
    const auto source = policy_.classify(what.from.remote);
    const auto tag = to_tag(what.request);
    relay_.start(
        now.mono,
        {what.request,
         routes,
         what.from,
         what.server,
         source != route::source_class::trusted && is_behind_nat(what.request, what.from),
         tag,
         std::move(targets)},
        to_relay(out)
    );
}

std::string node::to_tag(const sip::message& request) const {
    // The same for every response to one request and to its CANCEL, and unguessable.
    const auto via = top_via(request);
    const auto* call_id = request.find(sip::header_id::call_id);
    const std::array parts{
        via ? via->branch : std::string_view(), call_id ? call_id->value : std::string_view()};
    constexpr char digits[] = "0123456789abcdef";
    auto number = mac_.sign64("to-tag", parts);
    std::string tag;
    for (int i = 0; i < 16; ++i, number >>= 4) {
        tag += digits[number & 0xf];
    }
    return tag;
}

std::string node::compose(const arrival& what, sip::response_options options) const {
    const auto tag = to_tag(what.request);
    const auto via = top_via(what.request);
    const auto with_source = sip::via_with_source(*via, what.from.remote);
    options.to_tag = tag;
    options.top_via = with_source;
    std::string response;
    sip::append_response(response, what.request, options);
    return response;
}

void node::answer(
    timing::instant now, const arrival& what, const sip::response_options& options, effects& out
) {
    counters_.refused += options.status >= 400 ? 1u : 0u;
    const auto response = compose(what, options);
    if (what.server == 0) {
        out.messages.add(txn::response_hop(what.request, what.from), 0, response);
    } else {
        transactions_.respond(now.mono, what.server, options.status, response, out.messages);
    }
}

}  // namespace sipha::proxy
