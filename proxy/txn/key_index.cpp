#include "proxy/txn/key_index.hpp"

#include <cassert>
#include <utility>

namespace sipha::txn {

namespace {

constexpr std::size_t first_size = 64;

}  // namespace

key_index::key_index(const crypto::short_mac& secret) : secret_(secret), slots_(first_size) {}

void key_index::add(std::uint64_t hash, std::uint64_t handle) {
    assert(handle != 0);
    if ((used_ + 1) * 4 > slots_.size() * 3) {
        grow();
    }
    auto at = home(hash);
    while (slots_[at].handle != 0) {
        at = next(at);
    }
    slots_[at] = {hash, handle};
    ++used_;
}

void key_index::remove(std::uint64_t hash, std::uint64_t handle) {
    auto at = home(hash);
    while (slots_[at].handle != handle) {
        assert(slots_[at].handle != 0);
        at = next(at);
    }
    // Those behind move up, so that no search stops at the gap.
    for (auto follower = next(at); slots_[follower].handle != 0; follower = next(follower)) {
        const auto wanted = home(slots_[follower].hash);
        const auto distance = (follower - wanted) & (slots_.size() - 1);
        const auto to_gap = (follower - at) & (slots_.size() - 1);
        if (distance >= to_gap) {
            slots_[at] = slots_[follower];
            at = follower;
        }
    }
    slots_[at] = {};
    --used_;
}

void key_index::grow() {
    const auto old = std::exchange(slots_, std::vector<slot>(slots_.size() * 2));
    used_ = 0;
    for (const auto& one : old) {
        if (one.handle != 0) {
            add(one.hash, one.handle);
        }
    }
}

}  // namespace sipha::txn
