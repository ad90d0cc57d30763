#include "proxy/route/routing_table.hpp"

#include <algorithm>
#include <utility>

#include "proxy/sip/text.hpp"

namespace sipha::route {

namespace {

bool applies(const rule_source& from, const routing_table::query& what) {
    switch (from.what) {
        case rule_source::kind::known:
            return what.source != source_class::stranger;
        case rule_source::kind::registered:
            return what.source == source_class::registered;
        case rule_source::kind::trusted:
            return what.source == source_class::trusted;
        case rule_source::kind::anyone:
            return true;
        case rule_source::kind::network:
            return what.address != nullptr && from.network.contains(*what.address);
    }
    return false;
}

}  // namespace

routing_table::routing_table(std::vector<routing_rule> rules) : rules_(std::move(rules)) {
    for (auto& rule : rules_) {
        std::stable_sort(
            rule.prefixes.begin(),
            rule.prefixes.end(),
            [](const auto& left, const auto& right) { return left.prefix < right.prefix; }
        );
    }
}

const rule_action* routing_table::match(const routing_rule& rule, const query& what) {
    const bool is_meant =
        applies(rule.from, what) && (rule.method.empty() || rule.method == what.method) &&
        (rule.domain.empty() || sip::equal_ignoring_case(rule.domain, what.target.host));
    if (!is_meant) {
        return nullptr;
    }
    auto front = what.target.user.substr(0, max_prefix_length);
    // Each length once, the longest first: a search in the sorted list for each.
    for (; !rule.prefixes.empty() && !front.empty(); front.remove_suffix(1)) {
        const auto at = std::lower_bound(
            rule.prefixes.begin(),
            rule.prefixes.end(),
            front,
            [](const prefix_rule& left, std::string_view right) { return left.prefix < right; }
        );
        if (at != rule.prefixes.end() && at->prefix == front) {
            return &at->action;
        }
    }
    return rule.otherwise ? &*rule.otherwise : nullptr;
}

std::string rewritten_uri(const sip::uri& target, const rule_action& action) {
    const auto user_at = static_cast<std::size_t>(target.user.data() - target.raw.data());
    std::string out(target.raw.substr(0, user_at));
    out += action.prepend;
    out += target.raw.substr(user_at + std::min(action.strip, target.user.size()));
    return out;
}

}  // namespace sipha::route
