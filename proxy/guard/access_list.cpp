#include "proxy/guard/access_list.hpp"

#include <algorithm>

namespace sipha::guard {

namespace {

bool fits(const access_rule& rule, const sip::message& request, const sip::hop& from) {
    const auto has_source = [&](const geo::ip_prefix& one) { return one.contains(from.remote.ip); };
    const auto is_method = [&](const std::string& one) { return one == request.method_text(); };
    return (!rule.socket || *rule.socket == from.listener) &&
           (rule.networks.empty() || std::ranges::any_of(rule.networks, has_source)) &&
           (rule.methods.empty() || std::ranges::any_of(rule.methods, is_method));
}

}  // namespace

bool access_list::judge(const sip::message& request, const sip::hop& from) const {
    for (const auto& rule : rules_) {
        if (fits(rule, request, from)) {
            return rule.then == access_rule::effect::allow;
        }
    }
    return true;
}

}  // namespace sipha::guard
