#include "proxy/cluster/pull.hpp"

#include <utility>

namespace sipha::cluster {

pull::pull(std::uint64_t id, node_id donor, std::vector<record_kind> kinds)
    : id_(id), donor_(donor), kinds_(std::move(kinds)) {}

sync_request pull::request() const {
    return {.pull = id_, .kind = kinds_[at_], .cursor = cursor_};
}

void pull::change_donor(std::uint64_t id, node_id donor) {
    id_ = id;
    donor_ = donor;
}

pull::outcome pull::take(
    timing::instant now, node_id from, const sync_chunk& what, const store_set& stores
) {
    if (what.pull != id_ || from != donor_ || what.kind != kinds_[at_]) {
        return outcome::ignored;
    }
    if (auto* target = stores.find(what.kind)) {
        const auto before = target->digest();
        for (const auto& payload : what.payloads) {
            target->merge(now, from, payload);
        }
        payloads_ += what.payloads.size();
        has_changed_ = has_changed_ || target->digest() != before;
    }
    if (++chunks_ >= max_chunks_per_pull) {
        return outcome::broken;
    }
    if (what.next_cursor.empty()) {
        cursor_.clear();
        ++at_;
        return at_ == kinds_.size() ? outcome::finished : outcome::ask_again;
    }
    if (what.next_cursor == cursor_) {
        return outcome::broken;
    }
    cursor_ = what.next_cursor;
    return outcome::ask_again;
}

}  // namespace sipha::cluster
