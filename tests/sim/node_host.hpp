#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "proxy/node/node.hpp"
#include "tests/sim/datagram_net.hpp"
#include "tests/sim/event_log.hpp"
#include "tests/sim/link_net.hpp"
#include "tests/sim/scheduler.hpp"

namespace sipha::sim {

/// Milliseconds since 1970 at the start of every world.
inline constexpr std::int64_t wall_start_ms = 1'750'000'000'000;

/// The machine that a node runs on: gives it inputs and time, does what it wants, and kills,
/// restarts, stops and continues its process.
class node_host final : public host {
  public:
    /// All outlive the host.
    struct surroundings {
        scheduler& time;
        datagram_net& net;
        link_net& links;
        event_log& log;
    };
    /// @param options as a daemon would read them; epoch and random_seed are set at each start.
    node_host(surroundings around, proxy::node_options options, std::string seed);
    node_host(const node_host&) = delete;
    node_host& operator=(const node_host&) = delete;

    /// A new process with the next epoch and empty memory.
    void start();
    /// The process is gone at once, with everything it had not sent.
    void kill(death how);
    /// SIGSTOP: inputs queue up as they do in the sockets of a system.
    void pause();
    /// SIGCONT: takes what queued up, in order of arrival.
    void resume();
    /// How far this machine's wall clock is off.
    void set_wall_skew(std::chrono::milliseconds skew) { wall_skew_ = skew; }

    cluster::node_id id() const { return options_.cluster.self; }
    const sip::endpoint& sip_address() const { return options_.listeners.front(); }
    const std::string& name() const { return options_.name; }
    bool is_running() const { return node_ != nullptr && !is_paused_; }
    bool is_paused() const { return is_paused_; }
    bool is_ready() const { return node_ != nullptr && node_->cluster().is_ready(); }
    /// Counts the starts; with `id` it names one process.
    std::uint32_t epoch() const { return options_.epoch; }
    /// Null while it is dead.
    const proxy::node* node() const { return node_.get(); }
    std::uint64_t steps() const { return steps_; }

    void on_datagram(const sip::endpoint& to, const sip::endpoint& from, std::string_view bytes)
        override;

  private:
    struct queued_input {
        proxy::input what;
        std::string bytes;
    };
    void give(proxy::input what, std::string_view bytes = {});
    void step(const proxy::input& what);
    void perform();
    void arm();
    void wake();

    surroundings around_;
    proxy::node_options options_;
    std::string seed_;
    std::unique_ptr<proxy::node> node_;
    std::chrono::milliseconds wall_skew_{0};
    bool is_paused_ = false;
    std::deque<queued_input> queued_;
    std::size_t queued_datagrams_ = 0;
    time_point armed_ = timing::never;
    time_point last_tick_{};
    unsigned ticks_in_a_row_ = 0;
    std::uint64_t steps_ = 0;
    proxy::effects effects_;
};

}  // namespace sipha::sim
