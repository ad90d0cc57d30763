#include "proxy/ha/pinger.hpp"

#include <string_view>

namespace sipha::ha {

namespace {

std::uint64_t weight(const state::binding& binding, cluster::node_id node) {
    // FNV-1a, because every node must compute the same number; the multiplication at the end makes
    // the node's bits count in the high ones, which decide.
    std::uint64_t hash = 0xcbf29ce484222325 ^ node.value;
    for (const std::string_view text :
         {std::string_view(binding.aor), std::string_view(binding.key)}) {
        for (const char c : text) {
            hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
        }
    }
    return (hash ^ hash >> 32) * 0x9e3779b97f4a7c15;
}

}  // namespace

cluster::node_id pinger_of(
    const state::binding& binding, std::span<const cluster::node_id> members
) {
    const auto accepted_by = binding.winner().version.origin;
    cluster::node_id best;
    std::uint64_t best_weight = 0;
    for (const auto member : members) {
        if (member == accepted_by) {
            return member;
        }
        const auto member_weight = weight(binding, member);
        if (best.value == 0 || member_weight > best_weight) {
            best = member;
            best_weight = member_weight;
        }
    }
    return best;
}

bool pinger::is_eligible(const state::binding* binding, timing::time_point now) const {
    if (binding == nullptr || !binding->is_live(now)) {
        return false;
    }
    const auto& value = binding->winner().value;
    return value.source.transport == sip::transport::udp &&
           (options_.scope == pinger_options::scope::all || value.reach == state::reach::source);
}

void pinger::on_changes(
    timing::time_point now,
    const state::location& location,
    std::span<const state::binding_handle> changed
) {
    for (const auto which : changed) {
        const auto* binding = location.find(which);
        if (!is_eligible(binding, now)) {
            due_.erase(which);
            continue;
        }
        if (due_.contains(which)) {
            continue;
        }
        // Spread over the interval by the binding's own hash: the same moment on every node, and no
        // burst after a join.
        const auto share = weight(*binding, {}) >> 44;
        const auto offset = timing::duration(options_.interval) * share / (1 << 20);
        due_[which] = now + offset;
        deadlines_.arm(now + offset, which);
    }
}

void pinger::advance(timing::time_point now, const surroundings& in, sip::outbox& out) {
    while (const auto which = deadlines_.pop_due(now)) {
        const auto known = due_.find(*which);
        if (known == due_.end() || known->second > now) {
            continue;
        }
        const auto* binding = in.location.find(*which);
        if (!is_eligible(binding, now)) {
            due_.erase(known);
            continue;
        }
        known->second = now + options_.interval;
        deadlines_.arm(known->second, *which);
        if (pinger_of(*binding, in.members) != self_) {
            continue;
        }
        const auto& value = binding->winner().value;
        if (const auto listener = in.us.listener_for(value.source, &value.local)) {
            out.add(sip::hop{*listener, value.source, 0}, 0, "\r\n\r\n");
            ++sent_;
        }
    }
}

}  // namespace sipha::ha
