#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "proxy/timing/clock.hpp"

namespace sipha::guard {

/// States by 64-bit key in a table that never exceeds its limit: sets of eight, in which the one
/// touched longest ago gives way. Places depend on a seed, so nobody can choose keys that meet in
/// one set. It starts small and doubles while sets overflow, up to the limit.
template <class State>
class bounded_table {
  public:
    /// @param max_entries rounded up to a power of two, at least 8. @param seed random.
    bounded_table(std::size_t max_entries, std::uint64_t seed)
        : max_sets_(std::bit_ceil((max_entries + ways - 1) / ways)), seed_(seed), sets_(1) {}

    State* find(std::uint64_t key) {
        for (auto& each : set_of(key)) {
            if (each.is_used && each.key == key) {
                return &each.state;
            }
        }
        return nullptr;
    }
    /// The state of a key, made when there is none; valid until the next call.
    State& touch(std::uint64_t key, timing::time_point now) {
        for (;;) {
            auto& set = set_of(key);
            auto* victim = &set[0];
            for (auto& each : set) {
                if (each.is_used && each.key == key) {
                    each.touched = now;
                    return each.state;
                }
                if (!each.is_used || (victim->is_used && each.touched < victim->touched)) {
                    victim = &each;
                }
            }
            if (victim->is_used && sets_.size() < max_sets_) {
                grow();
                continue;
            }
            evictions_ += victim->is_used ? 1u : 0u;
            size_ += victim->is_used ? 0u : 1u;
            *victim = {key, now, true, State{}};
            return victim->state;
        }
    }
    void erase(std::uint64_t key) {
        for (auto& each : set_of(key)) {
            if (each.is_used && each.key == key) {
                each = {};
                --size_;
            }
        }
    }
    std::size_t size() const { return size_; }
    std::uint64_t evictions() const { return evictions_; }

  private:
    static constexpr std::size_t ways = 8;
    struct slot {
        std::uint64_t key = 0;
        timing::time_point touched{};
        bool is_used = false;
        State state{};
    };
    using slot_set = std::array<slot, ways>;

    slot_set& set_of(std::uint64_t key) {
        auto mixed = (key ^ seed_) * 0x9e3779b97f4a7c15u;
        mixed = (mixed ^ (mixed >> 32)) * 0xd6e8feb86659fd93u;
        return sets_[(mixed >> 20) & (sets_.size() - 1)];
    }
    void grow() {
        auto old = std::exchange(sets_, std::vector<slot_set>(sets_.size() * 2));
        for (auto& set : old) {
            for (auto& each : set) {
                if (each.is_used) {
                    put_back(std::move(each));
                }
            }
        }
    }
    void put_back(slot moved) {
        // The slots of one set go to two, so there is room.
        for (auto& each : set_of(moved.key)) {
            if (!each.is_used) {
                each = std::move(moved);
                return;
            }
        }
    }

    std::size_t max_sets_;
    std::uint64_t seed_;
    std::vector<slot_set> sets_;
    std::size_t size_ = 0;
    std::uint64_t evictions_ = 0;
};

}  // namespace sipha::guard
