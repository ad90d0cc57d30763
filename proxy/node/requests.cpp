// A new request: checked step by step (RFC 3261 16.3 to 16.5), then acted on.
#include <utility>

#include "proxy/node/node.hpp"
#include "proxy/node/request_facts.hpp"
#include "proxy/route/unsupported.hpp"

namespace sipha::proxy {

namespace {

constexpr std::string_view allow =
    "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, PRACK, UPDATE, INFO, REFER, SUBSCRIBE, "
    "NOTIFY, PUBLISH, MESSAGE\r\n";

}  // namespace

void node::on_new_request(timing::instant now, const arrival& what, effects& out) {
    using check = check_result (node::*)(timing::instant, pending_request&, effects&);
    // In this order: each may rely on what those before it have found.
    static constexpr check checks[] = {
        &node::read_routes,
        &node::check_draining,
        &node::check_load,
        &node::check_access,
        &node::check_user,
        &node::decide,
        &node::check_max_forwards,
        &node::check_proxy_require,
        &node::check_merged,
    };
    pending_request pending{what, {}, {}};
    for (const auto step : checks) {
        if ((this->*step)(now, pending, out) == check_result::answered) {
            return;
        }
    }
    act(now, pending, out);
}

node::check_result node::read_routes(timing::instant now, pending_request& pending, effects& out) {
    auto routes = route::read_routes(pending.what.request, us_, tokens_);
    if (!routes) {
        return refuse(now, pending.what, {.status = 400, .reason = "Malformed Route"}, out);
    }
    pending.routes = std::move(*routes);
    return check_result::go_on;
}

node::check_result node::check_draining(
    timing::instant now, pending_request& pending, effects& out
) {
    const auto& request = pending.what.request;
    const bool is_new = drain_ != ha::drain_state::off && !pending.routes.token;
    if (!is_new ||
        (drain_ == ha::drain_state::registrations && request.method() != sip::method::register_)) {
        return check_result::go_on;
    }
    ++counters_.refused_draining;  // RFC 3261 21.5.4: others can serve it
    return refuse(
        now, pending.what, {.status = 503, .extra_headers = ha::retry_after_line(request)}, out
    );
}

node::check_result node::decide(timing::instant now, pending_request& pending, effects&) {
    const auto& what = pending.what;
    pending.decided = policy_.decide(now.mono, what.request, pending.routes, class_of(what));
    return check_result::go_on;
}

node::check_result node::check_max_forwards(
    timing::instant now, pending_request& pending, effects& out
) {
    using action = route::decision::action;
    const auto what = pending.decided.what;
    const bool is_ours =
        what == action::answer || what == action::registrar || what == action::refuse;
    if (is_ours || !has_no_hops_left(pending.what.request)) {
        return check_result::go_on;
    }
    return refuse(now, pending.what, {.status = 483}, out);  // RFC 3261 16.3 step 3
}

node::check_result node::check_proxy_require(
    timing::instant now, pending_request& pending, effects& out
) {
    const auto& request = pending.what.request;
    if (request.find(sip::header_id::proxy_require) == nullptr) {
        return check_result::go_on;
    }
    // RFC 3261 16.3 step 5: we have no extension to offer.
    const auto unsupported = route::unsupported_line(request, sip::header_id::proxy_require);
    return refuse(now, pending.what, {.status = 420, .extra_headers = unsupported}, out);
}

node::check_result node::check_merged(timing::instant now, pending_request& pending, effects& out) {
    using action = route::decision::action;
    const auto what = pending.decided.what;
    if (what != action::answer && what != action::registrar) {
        return check_result::go_on;  // a proxy passes both copies on, the callee sees to them
    }
    const auto copy = transactions_.claim(pending.what.server, pending.what.request);
    if (copy == txn::table::copy::first) {
        return check_result::go_on;
    }
    // RFC 3261 8.2.2.2: it was forked on its way and both copies came here.
    return refuse(now, pending.what, {.status = 482, .reason = "Merged Request"}, out);
}

node::check_result node::refuse(
    timing::instant now, const arrival& what, const sip::response_options& options, effects& out
) {
    answer(now, what, options, out);
    return check_result::answered;
}

void node::act(timing::instant now, const pending_request& pending, effects& out) {
    const auto& decided = pending.decided;
    switch (decided.what) {
        case route::decision::action::refuse:
            answer(now, pending.what, {.status = decided.status, .reason = decided.reason}, out);
            return;
        case route::decision::action::answer:
            answer(now, pending.what, {.status = 200, .extra_headers = allow}, out);
            return;
        case route::decision::action::registrar:
            on_register(now, pending.what, out);
            return;
        case route::decision::action::contacts:
        case route::decision::action::upstream:
        case route::decision::action::route:
        case route::decision::action::path:
            forward(now, pending.what, pending.routes, decided, out);
            return;
    }
}

}  // namespace sipha::proxy
