#include <gtest/gtest.h>
#include <sipha/resolver.h>
#include <sipha/resolver/session.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/resolver/support/capi.hpp"

namespace sipha::resolver {
namespace {

using test::c_resolver;
using namespace std::chrono_literals;

constexpr auto patience = 20s;

/// The loop of an application: runs what was posted to it.
class loop {
  public:
    loop() = default;
    /// What came too late is run nonetheless, as the API asks: it frees memory.
    ~loop() {
        for (const auto& [run, argument] : tasks_) {
            run(argument);
        }
    }
    loop(const loop&) = delete;
    loop& operator=(const loop&) = delete;

    static void post(void* context, void (*run)(void*), void* argument) {
        auto& self = *static_cast<loop*>(context);
        const std::lock_guard guard(self.mutex_);
        self.tasks_.emplace_back(run, argument);
        self.wake_.notify_all();
    }
    /// Runs the next task. @returns false when none came in time.
    bool run_one() {
        std::pair<void (*)(void*), void*> task;
        {
            std::unique_lock guard(mutex_);
            if (!wake_.wait_for(guard, patience, [this] { return !tasks_.empty(); })) {
                return false;
            }
            task = tasks_.front();
            tasks_.pop_front();
        }
        task.first(task.second);
        return true;
    }
    /// Waits until something is posted, without running it.
    bool wait() {
        std::unique_lock guard(mutex_);
        return wake_.wait_for(guard, patience, [this] { return !tasks_.empty(); });
    }
    bool is_empty() {
        const std::lock_guard guard(mutex_);
        return tasks_.empty();
    }

  private:
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::pair<void (*)(void*), void*>> tasks_;
};

struct tally {
    std::thread::id thread;
    int calls = 0;
    int found = 0;
    std::int32_t last = 0;

    static void on_done(void* user, sipha_lookup_t* lookup, std::int32_t status) {
        auto& self = *static_cast<tally*>(user);
        self.thread = std::this_thread::get_id();
        ++self.calls;
        self.last = status;
        sipha_candidate place{};
        place.size = sizeof place;
        self.found += sipha_next(lookup, &place) == 1 ? 1 : 0;
    }
};

TEST(CApiThread, CallsBackWhereTheApplicationRunsWhatIsPosted) {
    loop application;
    const c_resolver resolver("h1.ex A 192.0.2.1; h1.ex AAAA 2001:db8::1");
    ASSERT_EQ(sipha_start_thread(resolver, &loop::post, &application), SIPHA_OK);
    EXPECT_EQ(sipha_start_thread(resolver, &loop::post, &application), SIPHA_EINVAL);
    EXPECT_EQ(sipha_fd(resolver), -1);
    EXPECT_EQ(sipha_timeout_ms(resolver), -1);
    EXPECT_EQ(sipha_process(resolver), SIPHA_EINVAL);
    tally told;
    ASSERT_EQ(
        sipha_resolve(resolver, "sip:h1.ex:5060", nullptr, &tally::on_done, &told, nullptr),
        SIPHA_OK
    );
    ASSERT_TRUE(application.run_one());
    EXPECT_EQ(told.calls, 1);
    EXPECT_EQ(told.found, 1);
    EXPECT_EQ(told.thread, std::this_thread::get_id());
}

TEST(CApiThread, AnyThreadMayStartLookups) {
    constexpr int threads = 4;
    constexpr int each = 50;
    loop application;
    const c_resolver resolver("h1.ex A 192.0.2.1; h1.ex AAAA 2001:db8::1");
    ASSERT_EQ(sipha_start_thread(resolver, &loop::post, &application), SIPHA_OK);
    tally told;
    std::vector<std::thread> workers;
    for (int worker = 0; worker < threads; ++worker) {
        workers.emplace_back([&resolver, &told] {
            for (int count = 0; count < each; ++count) {
                const auto* uri = count % 2 == 0 ? "sip:h1.ex:5060" : "sip:192.0.2.1";
                sipha_resolve(resolver, uri, nullptr, &tally::on_done, &told, nullptr);
            }
        });
    }
    while (told.calls < threads * each && application.run_one()) {
    }
    for (auto& worker : workers) {
        worker.join();
    }
    EXPECT_EQ(told.calls, threads * each);
    EXPECT_EQ(told.found, threads * each);
}

TEST(CApiThread, WhatIsPostedAndNotRunIsToldByFreeAndThenSilent) {
    loop application;
    c_resolver resolver("h1.ex A SILENT; h1.ex AAAA SILENT");
    ASSERT_EQ(sipha_start_thread(resolver, &loop::post, &application), SIPHA_OK);
    tally finished;
    tally open;
    sipha_resolve(resolver, "sip:192.0.2.1", nullptr, &tally::on_done, &finished, nullptr);
    sipha_resolve(resolver, "sip:h1.ex:5060", nullptr, &tally::on_done, &open, nullptr);
    ASSERT_TRUE(application.wait());
    resolver.free();
    EXPECT_EQ(finished.calls, 1);
    EXPECT_EQ(finished.last, SIPHA_OK);
    EXPECT_EQ(open.calls, 1);
    EXPECT_EQ(open.last, SIPHA_EABORTED);
    while (!application.is_empty()) {
        ASSERT_TRUE(application.run_one());
    }
    EXPECT_EQ(finished.calls, 1);
    EXPECT_EQ(open.calls, 1);
}

TEST(CApiThread, ReleaseAfterPostIsSilent) {
    loop application;
    const c_resolver resolver("");
    ASSERT_EQ(sipha_start_thread(resolver, &loop::post, &application), SIPHA_OK);
    tally told;
    sipha_lookup_t* lookup = nullptr;
    sipha_resolve(resolver, "sip:192.0.2.1", nullptr, &tally::on_done, &told, &lookup);
    ASSERT_TRUE(application.wait());
    sipha_release(lookup);
    ASSERT_TRUE(application.run_one());
    EXPECT_EQ(told.calls, 0);
}

TEST(CApiThread, SlowApplicationLosesTheOldestEventsOfASession) {
    struct record {
        int count = 0;
        std::string last;
    };
    loop application;
    const c_resolver resolver(
        "_sip._udp.ex SRV 10 1 5060 h1.ex; _sip._udp.ex SRV 20 1 5060 h2.ex;"
        "h1.ex A 192.0.2.1; h2.ex A 192.0.2.2"
    );
    const auto on_state = [](void* user, sipha_session_t*, const sipha_session_event* event) {
        auto& self = *static_cast<record*>(user);
        ++self.count;
        self.last = event->target == nullptr ? "" : event->target->address;
    };
    sipha_session_options options{};
    options.size = sizeof options;
    options.liveness = SIPHA_LIVENESS_NONE;
    options.herd_spread_ms = SIPHA_ZERO;
    record told;
    sipha_session_t* session = nullptr;
    ASSERT_EQ(
        sipha_session_open(resolver, "sip:alice@ex", &options, on_state, &told, &session), SIPHA_OK
    );
    for (int turn = 0; turn < 50; ++turn) {
        sipha_process(resolver);
    }
    ASSERT_GE(told.count, 1);
    const int before = told.count;
    ASSERT_EQ(sipha_start_thread(resolver, &loop::post, &application), SIPHA_OK);
    sipha_metrics counted{};
    counted.size = sizeof counted;
    const auto end = std::chrono::steady_clock::now() + patience;
    while (counted.session_events_dropped == 0 && std::chrono::steady_clock::now() < end) {
        sipha_candidate place{};
        place.size = sizeof place;
        sipha_outcome refused{};
        refused.size = sizeof refused;
        refused.kind = SIPHA_OUTCOME_REFUSED;
        if (sipha_session_target(session, &place) == 1) {
            sipha_session_report(session, &place, &refused);
        }
        sipha_network_changed(resolver);  // no mark is left, so there is always a next target
        sipha_get_metrics(resolver, &counted);
    }
    EXPECT_GT(counted.session_events_dropped, 0u);
    ASSERT_TRUE(application.run_one());
    // One posted function tells all that waits, and what the thread adds while it tells.
    EXPECT_GE(told.count - before, 64);
    EXPECT_LT(told.count - before, 128);
    sipha_session_close(session);
}

TEST(CApiThread, FreeEndsAThreadThatSleepsForGood) {
    loop application;
    for (int round = 0; round < 50; ++round) {
        c_resolver resolver("");
        ASSERT_EQ(sipha_start_thread(resolver, &loop::post, &application), SIPHA_OK);
        resolver.free();
    }
    EXPECT_TRUE(application.is_empty());
}

TEST(CApiThread, FreeInsideAPostThatRunsAtOnceEndsTheThread) {
    struct world {
        std::mutex mutex;
        std::condition_variable wake;
        sipha_t* resolver = nullptr;
        bool is_done = false;
    };
    world all;
    all.resolver = detail::make_handle(std::make_unique<engine>(
        engine_options{}, std::make_unique<test::memory_transport>(test::zone(""))
    ));
    const auto at_once = [](void*, void (*run)(void*), void* argument) { run(argument); };
    const auto done = [](void* user, sipha_lookup_t*, std::int32_t) {
        auto& self = *static_cast<world*>(user);
        const std::lock_guard guard(self.mutex);
        sipha_free(std::exchange(self.resolver, nullptr));
        self.is_done = true;
        self.wake.notify_all();
    };
    {
        const std::lock_guard guard(all.mutex);
        ASSERT_EQ(sipha_start_thread(all.resolver, at_once, nullptr), SIPHA_OK);
        sipha_resolve(all.resolver, "sip:192.0.2.1", nullptr, done, &all, nullptr);
    }
    std::unique_lock guard(all.mutex);
    EXPECT_TRUE(all.wake.wait_for(guard, patience, [&all] { return all.is_done; }));
    EXPECT_EQ(all.resolver, nullptr);
}

}  // namespace
}  // namespace sipha::resolver
