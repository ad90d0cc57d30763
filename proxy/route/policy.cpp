#include "proxy/route/policy.hpp"

#include <algorithm>
#include <utility>

#include "proxy/sip/uri.hpp"
#include "proxy/sip/values.hpp"

namespace sipha::route {

namespace {

using action = decision::action;

decision refuse(int status, std::string_view reason) {
    decision out;
    out.status = status;
    out.reason = reason;
    return out;
}

decision go(action what) {
    decision out;
    out.what = what;
    return out;
}

}  // namespace

policy::policy(policy_options options, const identity& us, const state::location& location)
    : options_(std::move(options)), us_(&us), location_(&location) {}

source_class policy::classify(const sip::endpoint& source) const {
    if (std::any_of(options_.trusted.begin(), options_.trusted.end(), [&](const auto& prefix) {
            return prefix.contains(source.ip);
        })) {
        return source_class::trusted;
    }
    return location_->is_registered_source(source) ? source_class::registered
                                                   : source_class::stranger;
}

decision policy::decide_in_dialog(const route_view& routes) const {
    const auto& token = *routes.token;
    const auto& hop = token.sender == dialog_side::caller ? token.path.callee : token.path.caller;
    // Routes left over lead to other proxies on the path; the hop is for the last one before the
    // phone.
    if (!hop || !routes.next_route.empty()) {
        return go(action::route);
    }
    auto out = go(action::path);
    out.hop = *hop;
    out.hop_owner = token.owner;
    return out;
}

decision policy::decide_local(
    timing::time_point now, const sip::message& request, const sip::uri& target, source_class source
) const {
    if (target.user.empty()) {
        return request.method() == sip::method::options
                   ? go(action::answer)
                   : refuse(404, "The Request-URI names no user");
    }
    auto aor = us_->aor_of(target);
    const bool may_call =
        source != source_class::stranger || options_.inbound == policy_options::inbound::anyone;
    if (!may_call) {
        return refuse(403, "Calls from unknown sources are not accepted");
    }
    if (location_->has_live(aor, now)) {
        auto out = go(action::contacts);
        out.aor = std::move(aor);
        return out;
    }
    if (source == source_class::registered && options_.has_upstream) {
        return go(action::upstream);
    }
    // RFC 3261 21.4.18: known but not there now; 21.4.5: never heard of.
    return location_->bindings_of(aor).empty() ? refuse(404, {}) : refuse(480, {});
}

decision policy::decide(
    timing::time_point now,
    const sip::message& request,
    const route_view& routes,
    source_class source
) const {
    const auto target = sip::parse_uri(routes.request_uri);
    if (!target) {
        return refuse(400, "Malformed Request-URI");
    }
    if (!target->is_sip()) {
        return refuse(416, {});
    }
    if (routes.token) {
        return decide_in_dialog(routes);
    }
    // A To tag without our token proves nothing: the request counts as a new one.
    if (!routes.next_route.empty()) {
        return refuse(403, "Route to other servers is not relayed");
    }
    const bool is_local = us_->is_local(*target);
    if (request.method() == sip::method::register_) {
        return is_local ? go(action::registrar) : refuse(403, "Not a domain of this registrar");
    }
    if (is_local) {
        return decide_local(now, request, *target, source);
    }
    if (source == source_class::registered && options_.has_upstream) {
        return go(action::upstream);
    }
    return refuse(403, "Relaying is not allowed");
}

}  // namespace sipha::route
