#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "proxy/crypto/random.hpp"
#include "proxy/sip/endpoint.hpp"
#include "tests/sim/event_log.hpp"
#include "tests/sim/scheduler.hpp"

namespace sipha::sim {

/// What a datagram may suffer on its way; shares are in thousandths.
struct path_quality {
    duration delay = std::chrono::milliseconds(2);
    duration jitter{0};  ///< up to this much is added
    unsigned loss = 0;
    unsigned duplicated = 0;
    unsigned reordered = 0;  ///< held back by `reorder_by`
    duration reorder_by = std::chrono::milliseconds(50);
};

/// Whoever owns an address.
class host {
  public:
    virtual ~host() = default;
    virtual void on_datagram(
        const sip::endpoint& to, const sip::endpoint& from, std::string_view bytes
    ) = 0;
};

struct datagram_counters {
    std::uint64_t sent = 0;
    std::uint64_t delivered = 0;
    std::uint64_t lost = 0;
    std::uint64_t duplicated = 0;
    std::uint64_t reordered = 0;
    std::uint64_t blocked = 0;      ///< between hosts that a partition separates
    std::uint64_t unreachable = 0;  ///< nobody owned the address at the time of arrival
};

/// The UDP network. Owns nothing but the datagrams on their way.
class datagram_net {
  public:
    /// @param time, dice, log outlive the network.
    datagram_net(scheduler& time, crypto::random& dice, event_log& log)
        : time_(&time), dice_(&dice), log_(&log) {}

    void set_quality(const path_quality& quality) { quality_ = quality; }
    const path_quality& quality() const { return quality_; }

    /// @param owner is detached before it goes.
    void attach(const geo::ip_address& address, host& owner) { hosts_[address] = &owner; }
    void detach(const geo::ip_address& address) { hosts_.erase(address); }

    /// Datagrams from one address to the other vanish until `unblock_all`; one direction only.
    void block(const geo::ip_address& from, const geo::ip_address& to) {
        blocked_.emplace(from, to);
    }
    void unblock_all() { blocked_.clear(); }

    void send(const sip::endpoint& from, const sip::endpoint& to, std::string_view bytes);

    /// Called for every datagram before anything happens to it.
    using tap = std::function<
        void(const sip::endpoint& from, const sip::endpoint& to, std::string_view bytes)>;
    void set_tap(tap watcher) { tap_ = std::move(watcher); }

    const datagram_counters& counters() const { return counters_; }

  private:
    bool happens(unsigned thousandths);
    void deliver_later(const sip::endpoint& from, const sip::endpoint& to, std::string bytes);

    scheduler* time_;
    crypto::random* dice_;
    event_log* log_;
    path_quality quality_;
    std::map<geo::ip_address, host*> hosts_;
    std::set<std::pair<geo::ip_address, geo::ip_address>> blocked_;
    tap tap_;
    datagram_counters counters_;
};

}  // namespace sipha::sim
