// Who is heard at all, who must prove who they are, and what waits while the node is full.
#include <utility>

#include "proxy/node/node.hpp"
#include "proxy/sip/name_addr.hpp"
#include "proxy/sip/uri.hpp"

namespace sipha::proxy {

namespace {

/// The URI that says whose request this is: To of a REGISTER (RFC 3261 10.2), else From.
std::optional<sip::uri> claimed_user(const sip::message& request) {
    const auto id =
        request.method() == sip::method::register_ ? sip::header_id::to : sip::header_id::from;
    const auto value = sip::parse_name_addr(request.find(id)->value);
    return value ? sip::parse_uri(value->uri) : std::nullopt;
}

bool has_to_tag(const sip::message& request) {
    const auto to = sip::parse_name_addr(request.find(sip::header_id::to)->value);
    return to && to->params.has("tag");
}

/// What may be refused under load: what begins something. A BYE or a request inside a dialog ends
/// work or belongs to it, and an OPTIONS costs no more than its refusal.
bool is_new_work(const sip::message& request) {
    const auto method = request.method();
    return method != sip::method::bye && method != sip::method::options &&
           method != sip::method::prack && !has_to_tag(request);
}

}  // namespace

bool node::is_admitted(timing::instant now, const sip_received& what, effects& out) {
    if (gate_.admit(now.mono, what.from, what.bytes.size())) {
        return true;
    }
    // A stream would go on filling; whoever behaves may connect again.
    if (what.from.flow != 0) {
        out.close_flows.push_back(what.from.flow);
    }
    return false;
}

node::check_result node::refuse_unavailable(
    timing::instant now, const arrival& what, effects& out
) {
    // Without a transaction: a full node keeps nothing of what it does not take.
    transactions_.abandon(what.server);
    const arrival stateless{what.request, what.from, 0};
    return refuse(now, stateless, {.status = 503}, out);
}

node::check_result node::check_load(timing::instant now, pending_request& pending, effects& out) {
    const auto used = transactions_.server_count() + transactions_.client_count();
    const auto share =
        static_cast<double>(used) / static_cast<double>(options_.transactions.max_transactions);
    if (pending.routes.token || !is_new_work(pending.what.request) ||
        !gate_.is_overloaded(now.mono, share)) {
        return check_result::go_on;
    }
    return refuse_unavailable(now, pending.what, out);
}

node::check_result node::check_access(timing::instant now, pending_request& pending, effects& out) {
    const auto& what = pending.what;
    if (pending.routes.token) {
        return check_result::go_on;  // a call that is up ends as it began
    }
    if (!gate_.allows(what.request, what.from)) {
        return refuse(now, what, {.status = 403, .reason = "Not allowed from here"}, out);
    }
    if (!gate_.limits_aors()) {
        return check_result::go_on;
    }
    const auto method = what.request.method();
    const auto target = method == sip::method::register_
                            ? claimed_user(what.request)
                            : sip::parse_uri(pending.routes.request_uri);
    if (!target || !us_.is_local(*target) ||
        gate_.admit_aor(now.mono, method, us_.aor_of(*target))) {
        return check_result::go_on;
    }
    return refuse_unavailable(now, what, out);
}

node::check_result node::challenge(
    timing::instant now, const arrival& what, const auth::verdict& judged, effects& out
) {
    using outcome = auth::verdict::outcome;
    if (judged.what == outcome::malformed) {
        return refuse(now, what, {.status = 400, .reason = "Malformed Authorization"}, out);
    }
    if (judged.what == outcome::wrong_uri) {
        // RFC 7616 3.4.6
        return refuse(now, what, {.status = 400, .reason = "Digest URI is another target"}, out);
    }
    const auto whose =
        judged.is_of_source ? guard::gate::nonce_of::source : guard::gate::nonce_of::other;
    if (judged.what == outcome::refused &&
        !gate_.wrong_password(now.mono, what.from.remote.ip, whose)) {
        transactions_.abandon(what.server);
        return check_result::answered;
    }
    const bool is_register = what.request.method() == sip::method::register_;
    const auto claimed = claimed_user(what.request);
    std::string lines;
    authenticator_.append_challenges(
        lines,
        {what.request,
         is_register ? auth::role::registrar : auth::role::proxy,
         claimed ? us_.domain_of(*claimed) : std::string_view(),
         what.from.remote.ip,
         now.wall_ms},
        judged.what == outcome::stale
    );
    return refuse(now, what, {.status = is_register ? 401 : 407, .extra_headers = lines}, out);
}

node::check_result node::check_user(timing::instant now, pending_request& pending, effects& out) {
    auto& what = pending.what;
    // What our own token vouches for is part of a call that was let in before.
    if (!authenticator_.is_on() || pending.routes.token) {
        return check_result::go_on;
    }
    const bool is_register = what.request.method() == sip::method::register_;
    const auto claimed = claimed_user(what.request);
    const auto domain = claimed ? us_.domain_of(*claimed) : std::string_view();
    if (domain.empty()) {
        // Nobody of ours, so nothing that needs to be one of ours is allowed; see class_of. A
        // REGISTER is refused by the registrar, whose users are all of our domains.
        return check_result::go_on;
    }
    const auto target = sip::parse_uri(pending.routes.request_uri);
    const bool is_ping = what.request.method() == sip::method::options && target &&
                         target->user.empty() && us_.is_local(*target);
    const bool is_trunk =
        !is_register && policy_.classify(what.from.remote) == route::source_class::trusted;
    if (is_ping || is_trunk) {
        return check_result::go_on;
    }
    const auto role = is_register ? auth::role::registrar : auth::role::proxy;
    const auto judged =
        authenticator_.check({what.request, role, domain, what.from.remote.ip, now.wall_ms});
    if (judged.what != auth::verdict::outcome::accepted) {
        return challenge(now, what, judged, out);
    }
    user_ = judged.who;
    what.user = &*user_;
    if (judged.is_of_source || sip::is_reliable(what.from.remote.transport)) {
        gate_.prove(now.mono, what.from.remote.ip);
    }
    // RFC 3261 22.1, 10.3 step 4: a password proves one user, and is no right to be another.
    if (!user_->owns(*claimed, domain)) {
        const std::string_view reason = is_register ? "To is another user" : "From is another user";
        return refuse(now, what, {.status = 403, .reason = reason}, out);
    }
    return check_result::go_on;
}

route::source_class node::class_of(const arrival& what) const {
    const auto by_address = policy_.classify(what.from.remote);
    if (by_address == route::source_class::trusted || !authenticator_.is_on()) {
        return by_address;
    }
    // With passwords, an address alone gives no rights.
    return what.user != nullptr ? route::source_class::registered : route::source_class::stranger;
}

}  // namespace sipha::proxy
