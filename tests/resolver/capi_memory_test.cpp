// The C API when memory runs out: each allocation of a whole use fails in its turn, once.
#include <gtest/gtest.h>
#include <sipha/resolver.h>

#include <cstdlib>
#include <new>
#include <set>
#include <vector>

namespace {

/// Allocations until the one that fails; negative: none fails.
long until_failure = -1;

void* allocate(std::size_t size) {
    if (until_failure >= 0 && until_failure-- == 0) {
        return nullptr;
    }
    return std::malloc(size == 0 ? 1 : size);
}

}  // namespace

void* operator new(std::size_t size) {
    void* memory = allocate(size);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace {

struct use {
    std::set<std::int32_t> seen;  ///< every status that a function returned
    int started = 0;
    int told = 0;

    std::int32_t note(std::int32_t status) {
        const auto armed = until_failure;
        until_failure = -1;  // the test's own memory is not what is tried
        seen.insert(status);
        until_failure = armed;
        return status;
    }
};

void on_done(void* user, sipha_lookup_t* lookup, std::int32_t status) {
    auto& self = *static_cast<use*>(user);
    ++self.told;
    sipha_candidate place{};
    place.size = sizeof place;
    if (status == SIPHA_OK) {
        self.note(sipha_next(lookup, &place));
    }
    sipha_release(lookup);
}

/// Makes a resolver, looks up two literals with an explanation, and frees it.
void run(use& told) {
    const char* servers[] = {"127.0.0.1"};
    sipha_config config{};
    config.size = sizeof config;
    config.servers = servers;
    config.server_count = 1;
    sipha_options how{};
    how.size = sizeof how;
    how.flags = SIPHA_EXPLAIN;
    sipha_t* resolver = nullptr;
    if (told.note(sipha_new(&config, &resolver)) != SIPHA_OK) {
        EXPECT_EQ(resolver, nullptr);
        return;
    }
    for (const auto* uri : {"sip:192.0.2.1;transport=tcp", "sips:[2001:db8::1]"}) {
        sipha_lookup_t* lookup = nullptr;
        if (told.note(sipha_resolve(resolver, uri, &how, on_done, &told, &lookup)) == SIPHA_OK) {
            ++told.started;
        } else {
            EXPECT_EQ(lookup, nullptr);
        }
    }
    for (int turn = 0; turn < 4; ++turn) {
        told.note(sipha_process(resolver));
    }
    sipha_free(resolver);
}

TEST(CApiMemory, EachAllocationMayFailAndNothingIsLostOrToldTwice) {
    const std::set<std::int32_t> allowed{1, SIPHA_OK, SIPHA_ENOMEM};
    long tried = 0;
    for (bool has_failed = true; has_failed; ++tried) {
        ASSERT_LT(tried, 10'000);
        use told;
        until_failure = tried;
        run(told);
        has_failed = until_failure < 0;
        until_failure = -1;
        EXPECT_EQ(told.told, told.started) << "allocation " << tried;
        for (const auto status : told.seen) {
            EXPECT_TRUE(allowed.contains(status)) << "allocation " << tried << ": " << status;
        }
        if (!has_failed) {
            EXPECT_FALSE(told.seen.contains(SIPHA_ENOMEM));
            EXPECT_EQ(told.told, 2);
        }
    }
    EXPECT_GT(tried, 20) << "nothing was tried";
}

}  // namespace
