#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace sipha::memory {

/// Records in one growing array, named by handles that notice when their record is gone.
///
/// A handle holds the slot and the slot's generation (24 bits each, 48 in all, never 0), so it fits
/// where a pointer would and stays valid when the array grows. References do not: look a record up
/// again after anything that may have added one.
/// @tparam MaxRecords records alive at one time. @tparam LastGeneration behind it a slot starts
/// again at 1. Both are what 24 bits hold unless a test says less.
template <class Record, std::size_t MaxRecords = 0xffffff, std::uint64_t LastGeneration = 0xffffff>
class slab {
  public:
    using handle = std::uint64_t;
    static constexpr std::size_t max_records = MaxRecords;
    static_assert(max_records <= 0xffffff && LastGeneration <= 0xffffff);

    /// @returns 0 when max_records are alive.
    handle add(Record record) {
        std::size_t slot = slots_.size();
        if (!free_.empty()) {
            slot = free_.back();
            free_.pop_back();
            slots_[slot].record.emplace(std::move(record));
        } else if (slot < max_records) {
            slots_.push_back({std::move(record), 1});
        } else {
            return 0;
        }
        ++alive_;
        return slots_[slot].generation << 24 | slot;
    }

    Record* find(handle which) {
        const auto slot = which & 0xffffff;
        if (slot >= slots_.size() || slots_[slot].generation != which >> 24 ||
            !slots_[slot].record) {
            return nullptr;
        }
        return &*slots_[slot].record;
    }
    const Record* find(handle which) const { return const_cast<slab*>(this)->find(which); }

    void remove(handle which) {
        assert(find(which) != nullptr);
        const auto slot = which & 0xffffff;
        slots_[slot].record.reset();
        // Generation 0 is left out, so that no handle is ever 0.
        slots_[slot].generation =
            slots_[slot].generation == LastGeneration ? 1 : slots_[slot].generation + 1;
        free_.push_back(static_cast<std::uint32_t>(slot));
        --alive_;
    }

    std::size_t size() const { return alive_; }
    /// Calls visit(record) for every record alive, in the order of slots.
    template <class Visitor>
    void visit_all(Visitor&& visit) const {
        for (const auto& slot : slots_) {
            if (slot.record) {
                visit(*slot.record);
            }
        }
    }

  private:
    struct slot_record {
        std::optional<Record> record;
        std::uint64_t generation;
    };
    std::vector<slot_record> slots_;
    std::vector<std::uint32_t> free_;
    std::size_t alive_ = 0;
};

}  // namespace sipha::memory
