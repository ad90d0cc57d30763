#include "proxy/shell/recent_sends.hpp"

#include <algorithm>
#include <utility>

namespace sipha::shell {

namespace {

void add_once(std::vector<sent_message>& list, const sent_message& message) {
    const auto same_token = [&](const sent_message& other) { return other.token == message.token; };
    // A retransmission carries the token of the first copy.
    if (std::none_of(list.begin(), list.end(), same_token)) {
        list.push_back(message);
    }
}

}  // namespace

void recent_sends::add(timing::time_point now, const sent_message& message) {
    if (message.token == 0 || capacity_ == 0) {
        return;
    }
    if (entries_.size() < capacity_) {
        entries_.push_back({now, message});
    } else {
        entries_[next_] = {now, message};
        next_ = (next_ + 1) % capacity_;
    }
}

const recent_sends::entry& recent_sends::oldest(std::size_t position) const {
    return entries_[(next_ + position) % entries_.size()];
}

std::vector<sent_message> recent_sends::take(timing::time_point now, const sip::endpoint& remote) {
    std::vector<sent_message> taken;
    std::vector<entry> kept;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        const auto& each = oldest(i);
        if (now - each.at > horizon_) {
            continue;
        }
        if (each.message.to.remote == remote) {
            add_once(taken, each.message);
        } else {
            kept.push_back(each);
        }
    }
    entries_ = std::move(kept);
    next_ = 0;
    return taken;
}

std::vector<sent_message> recent_sends::take_all(timing::time_point now) {
    std::vector<sent_message> taken;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        if (now - oldest(i).at <= horizon_) {
            add_once(taken, oldest(i).message);
        }
    }
    entries_.clear();
    next_ = 0;
    return taken;
}

}  // namespace sipha::shell
