#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "tests/sim/scheduler.hpp"

namespace sipha::sim {

/// A user agent's retransmissions over UDP: sends at once, again after T1, then at growing
/// intervals until stopped or given up.
class retransmission {
  public:
    enum class growth : std::uint8_t {
        doubling,      ///< Timer A of INVITE (RFC 3261 17.1.1.2)
        capped_at_t2,  ///< Timer E (17.1.2.2), and a UAS's 2xx (13.3.1.4)
    };
    struct plan {
        growth grows = growth::capped_at_t2;
        duration limit = std::chrono::seconds(32);  ///< 64*T1
        std::function<void()> send;
        std::function<void()> give_up;
    };
    retransmission(scheduler& time, plan what);
    ~retransmission() { stop(); }
    retransmission(retransmission&&) = default;
    retransmission& operator=(retransmission&& other) noexcept {
        stop();
        state_ = std::move(other.state_);
        return *this;
    }

    void stop() { state_.reset(); }
    bool is_running() const { return state_ != nullptr; }

  private:
    struct state {
        plan what;
        time_point limit{};
        duration interval{};
    };
    static void arm(scheduler& time, const std::shared_ptr<state>& which);

    std::shared_ptr<state> state_;  // shared with nobody; planned events only watch it
};

}  // namespace sipha::sim
