#include "tests/bench/heap_meter.hpp"

#include <malloc.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

// glibc lets a program replace malloc and keeps its own under these names.
extern "C" {
void* __libc_malloc(std::size_t size);                     // NOLINT(bugprone-reserved-identifier)
void* __libc_calloc(std::size_t count, std::size_t size);  // NOLINT(bugprone-reserved-identifier)
void* __libc_realloc(void* block, std::size_t size);       // NOLINT(bugprone-reserved-identifier)
void* __libc_memalign(std::size_t alignment, std::size_t size);  // NOLINT
void __libc_free(void* block);  // NOLINT(bugprone-reserved-identifier)
}

namespace sipha::bench {
namespace {

// Statistics only: no order between them is needed.
std::atomic<bool> is_counting;
std::atomic<std::uint64_t> allocations;
std::atomic<std::int64_t> bytes;

std::int64_t cost_of(void* block) {
    return static_cast<std::int64_t>(malloc_usable_size(block)) + malloc_header_bytes;
}

void* taken(void* block) {
    if (is_counting.load(std::memory_order_relaxed) && block) {
        allocations.fetch_add(1, std::memory_order_relaxed);
        bytes.fetch_add(cost_of(block), std::memory_order_relaxed);
    }
    return block;
}

void given_back(void* block) {
    if (is_counting.load(std::memory_order_relaxed) && block) {
        bytes.fetch_sub(cost_of(block), std::memory_order_relaxed);
    }
}

}  // namespace

heap_meter::heap_meter() {
    bench::allocations = 0;
    bytes = 0;
    is_counting = true;
}

heap_meter::~heap_meter() {
    is_counting = false;
}

std::uint64_t heap_meter::allocations() const {
    return bench::allocations.load();
}

std::int64_t heap_meter::growth_bytes() const {
    return bytes.load();
}

}  // namespace sipha::bench

extern "C" {

// Visible, so that the C libraries of this process find them as well.
#define SIPHA_BENCH_VISIBLE __attribute__((visibility("default")))

SIPHA_BENCH_VISIBLE void* malloc(std::size_t size) noexcept {
    return sipha::bench::taken(__libc_malloc(size));
}

SIPHA_BENCH_VISIBLE void* calloc(std::size_t count, std::size_t size) noexcept {
    return sipha::bench::taken(__libc_calloc(count, size));
}

SIPHA_BENCH_VISIBLE void* realloc(void* block, std::size_t size) noexcept {
    sipha::bench::given_back(block);
    return sipha::bench::taken(__libc_realloc(block, size));
}

SIPHA_BENCH_VISIBLE void* memalign(std::size_t alignment, std::size_t size) noexcept {
    return sipha::bench::taken(__libc_memalign(alignment, size));
}

SIPHA_BENCH_VISIBLE void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    return sipha::bench::taken(__libc_memalign(alignment, size));
}

SIPHA_BENCH_VISIBLE int posix_memalign(
    void** block, std::size_t alignment, std::size_t size
) noexcept {
    *block = sipha::bench::taken(__libc_memalign(alignment, size));
    return *block ? 0 : ENOMEM;
}

SIPHA_BENCH_VISIBLE void free(void* block) noexcept {
    sipha::bench::given_back(block);
    __libc_free(block);
}

}  // extern "C"
