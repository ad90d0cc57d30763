#pragma once

#include <cstdint>

namespace sipha::bench {

/// Bytes malloc keeps in front of each block on this platform.
inline constexpr std::int64_t malloc_header_bytes = 8;

/// Counts what this program does with its heap, C libraries included, while it lives: the source
/// file stands before malloc. Without a meter nothing is counted, and little slowed. One at a time;
/// all threads are counted together.
class heap_meter {
  public:
    heap_meter();
    ~heap_meter();
    heap_meter(const heap_meter&) = delete;
    heap_meter& operator=(const heap_meter&) = delete;

    /// Calls of malloc, calloc, realloc and their aligned forms.
    std::uint64_t allocations() const;
    /// What the heap grew by: usable size of the blocks and malloc's header of each.
    std::int64_t growth_bytes() const;
};

}  // namespace sipha::bench
