#include "tests/sim/ledger.hpp"

#include <algorithm>

namespace sipha::sim {

namespace {

std::string aor_of(const phone& which) {
    return "sip:" + which.user() + "@example.com";
}

}  // namespace

bool holds(const node_host& node, const phone& which, const registration_attempt& what) {
    if (node.node() == nullptr) {
        return false;
    }
    const auto& location = node.node()->location();
    for (const auto handle : location.bindings_of(aor_of(which))) {
        for (const auto& entry : location.find(handle)->entries) {
            if (entry.version.call_id == what.call_id && entry.version.cseq >= what.cseq) {
                return true;
            }
        }
    }
    return false;
}

bool routes_to(const node_host& node, const phone& which, time_point now) {
    return node.node() != nullptr && node.node()->location().has_live(aor_of(which), now);
}

cluster::node_id accepted_by(const node_host& node, const phone& which) {
    if (node.node() == nullptr) {
        return {};
    }
    const auto& location = node.node()->location();
    const auto handles = location.bindings_of(aor_of(which));
    return handles.empty() ? cluster::node_id{}
                           : location.find(handles.front())->winner().version.origin;
}

void ledger::note(const phone& which) {
    auto& holders = holders_[which.user()];
    holders.clear();
    for (const auto& node : *nodes_) {
        if (holds(*node, which, *which.acknowledged())) {
            holders.push_back({node->id(), node->epoch()});
        }
    }
}

bool ledger::is_promised(const phone& which) const {
    const auto known = holders_.find(which.user());
    return known != holders_.end() &&
           std::any_of(known->second.begin(), known->second.end(), [&](const auto& holder) {
               return std::any_of(nodes_->begin(), nodes_->end(), [&](const auto& node) {
                   return node->id() == holder.node && node->epoch() == holder.epoch &&
                          node->node() != nullptr;
               });
           });
}

std::size_t ledger::holders(const phone& which) const {
    const auto known = holders_.find(which.user());
    return known == holders_.end() ? 0 : known->second.size();
}

}  // namespace sipha::sim
