// Lookups, routes and their ends in any order: whatever is started ends exactly once, never inside
// the call that starts or cancels it, and nothing outlives the engine.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <sipha/resolver/engine.hpp>

#include "tests/resolver/cases/dns_network.hpp"
#include "tests/resolver/support/network.hpp"

namespace sipha::resolver::test::cases {
namespace {

constexpr const char* content =
    "ex NAPTR 10 10 s SIP+D2U - _sip._udp.ex; _sip._udp.ex SRV 10 1 5060 h1.ex;"
    "_sip._udp.ex SRV 20 1 5060 h2.ex; h1.ex A 192.0.2.1; h2.ex A 192.0.2.2;"
    "_sip._udp.slow.ex SRV SILENT; bad.ex A FAIL; bad.ex AAAA FAIL";
constexpr const char* uris[] = {
    "sip:ex",
    "sips:ex",
    "sip:slow.ex",
    "sip:bad.ex:5060",
    "sip:192.0.2.9",
    "sip:h1.ex;transport=tcp",
    "sip:nobody.ex",
    "nonsense"};

/// An engine under a clock of its own, and everything that was started on it.
class lives {
  public:
    explicit lives(std::uint64_t seed) : dice_(seed) {
        auto network = std::make_unique<dns_network>();
        network->set_content({content, {}, true});
        dns_manner slow;
        slow.delay = std::chrono::milliseconds(20);
        network->set_servers({slow});
        engine_options options;
        options.servers = places(1);
        engine_ports ports;
        ports.transport = std::move(network);
        ports.clock = [this] { return now_; };
        ports.seed = seed;
        engine_ = std::make_unique<engine>(options, std::move(ports));
    }

    void act() {
        is_inside_ = true;
        switch (dice_() % 8) {
            case 0:
            case 1:
            case 2:
                resolve();
                break;
            case 3:
                open_route();
                break;
            case 4:
                cancel();
                break;
            case 5:
                if (!routes_.empty()) {
                    routes_[dice_() % routes_.size()].next();
                }
                break;
            case 6:
                routes_.clear();
                break;
            default:
                is_inside_ = false;
                now_ += std::chrono::milliseconds(dice_() % 40);
                engine_->process();
        }
        is_inside_ = false;
    }

    void destroy() {
        is_ending_ = true;
        engine_.reset();
    }

    void expect_each_ended_once() const {
        for (const auto calls : calls_) {
            EXPECT_EQ(calls, 1);
        }
        EXPECT_EQ(inside_, 0);
    }

  private:
    std::size_t begin() {
        calls_.push_back(0);
        return calls_.size() - 1;
    }
    void end(std::size_t index) {
        inside_ += is_inside_ ? 1 : 0;
        ++calls_[index];
        // Callbacks may start and cancel, but not while the engine goes down.
        if (!is_ending_ && dice_() % 4 == 0) {
            cancel();
            resolve();
        }
    }
    void resolve() {
        const auto index = begin();
        ids_.push_back(engine_->resolve(
            uris[dice_() % std::size(uris)],
            {},
            [this, index](std::error_code, lookup_result) { end(index); }
        ));
    }
    void open_route() {
        const auto index = begin();
        ids_.push_back(engine_->open_route(
            uris[dice_() % std::size(uris)],
            {},
            [this, index](std::error_code, route_set route) {
                routes_.push_back(std::move(route));
                end(index);
            }
        ));
    }
    void cancel() {
        if (!ids_.empty()) {
            engine_->cancel(ids_[dice_() % ids_.size()]);
        }
    }

    std::mt19937_64 dice_;
    time_point now_{std::chrono::hours(1)};
    std::vector<int> calls_;
    std::vector<lookup_id> ids_;
    std::vector<route_set> routes_;
    int inside_ = 0;
    bool is_inside_ = false;
    bool is_ending_ = false;
    std::unique_ptr<engine> engine_;
};

TEST(EngineLifetime, EachLookupEndsOnceWhateverHappensAroundIt) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        lives world(seed);
        for (int turn = 0; turn < 60; ++turn) {
            world.act();
        }
        world.destroy();
        world.expect_each_ended_once();
        ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
    }
}

TEST(EngineLifetime, RouteOutlivesItsEngineAndIsThenExhausted) {
    auto network = std::make_unique<dns_network>();
    network->set_content({content, {}, true});
    engine_options options;
    options.servers = places(1);
    route_set kept;
    {
        engine lookups(options, std::move(network));
        bool is_open = false;
        lookups.open_route("sip:ex", {}, [&](std::error_code, route_set route) {
            kept = std::move(route);
            is_open = true;
        });
        for (int turn = 0; turn < 100 && !is_open; ++turn) {
            lookups.process();
        }
        EXPECT_TRUE(is_open);
        EXPECT_TRUE(kept.next());
    }
    EXPECT_TRUE(kept.is_exhausted());
    EXPECT_FALSE(kept.next());
}

}  // namespace
}  // namespace sipha::resolver::test::cases
