#include "proxy/shell/datagram_backlog.hpp"

#include <algorithm>

namespace sipha::shell {

bool datagram_backlog::append(const outgoing_datagram& datagram) {
    const auto cost = datagram.bytes.size() + entry_bytes;
    if (cost > limit_ || bytes_ > limit_ - cost) {
        return false;
    }
    bytes_ += cost;
    entries_.push_back({datagram.to, datagram.token, std::string(datagram.bytes)});
    return true;
}

std::span<const outgoing_datagram> datagram_backlog::front(std::size_t count) {
    views_.clear();
    for (std::size_t i = 0; i < std::min(count, entries_.size()); ++i) {
        views_.push_back({entries_[i].to, entries_[i].token, entries_[i].bytes});
    }
    return views_;
}

void datagram_backlog::pop(std::size_t count) {
    for (; count > 0 && !entries_.empty(); --count) {
        bytes_ -= entries_.front().bytes.size() + entry_bytes;
        entries_.pop_front();
    }
}

void datagram_backlog::clear() {
    pop(entries_.size());
}

}  // namespace sipha::shell
