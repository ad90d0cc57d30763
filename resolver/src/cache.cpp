#include "resolver/src/cache.hpp"

#include <algorithm>
#include <memory>

namespace sipha::resolver::detail {

const known_answer* cache::find(time_point now, const question& asked) const {
    const auto found = entries_.find(asked);
    return found != entries_.end() && found->second.expires > now ? &found->second : nullptr;
}

known_answer cache::store(time_point now, const question& asked, answer_ptr answer) {
    const auto life = answer->status == answer_status::failed
                          ? failure_life
                          : std::max(min_life, std::chrono::seconds(answer->ttl_s));
    for (const auto& glue : answer->glue) {
        // RFC 2181 5.4.1: additional data ranks lowest, it never replaces a real answer.
        if (!find(now, glue.about)) {
            auto host = std::make_shared<dns_answer>();
            host->status = answer_status::found;
            host->addresses = glue.addresses;
            host->ttl_s = glue.ttl_s;
            const auto host_life = std::max(min_life, std::chrono::seconds(glue.ttl_s));
            insert(glue.about, {std::move(host), now + host_life});
        }
    }
    known_answer entry{std::move(answer), now + life};
    insert(asked, entry);
    return entry;
}

void cache::insert(const question& asked, known_answer entry) {
    if (const auto old = entries_.find(asked); old != entries_.end()) {
        ends_.erase({old->second.expires, asked});
        entries_.erase(old);
    }
    ends_.emplace(entry.expires, asked);
    entries_.emplace(asked, std::move(entry));
    while (entries_.size() > max_entries_) {
        entries_.erase(ends_.begin()->second);
        ends_.erase(ends_.begin());
    }
}

}  // namespace sipha::resolver::detail
