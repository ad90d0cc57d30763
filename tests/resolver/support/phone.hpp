#pragma once

#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <sipha/resolver/errors.hpp>

#include "resolver/src/session_plan.hpp"
#include "tests/resolver/support/edges.hpp"

namespace sipha::resolver::test {

/// One event with the time it came, as milliseconds since the start.
struct noted_event {
    long long at_ms = 0;
    session_event event;
    /// "1000 migrating silent 192.0.2.2"
    std::string text() const;
};

/// A session plan with its own health and prober in an `edge_world`, under a virtual clock.
class phone {
  public:
    phone(const edge_world& world, const session_options& options, std::uint64_t seed = 1);

    /// What the DNS says from now on; the records expire `ttl` after each lookup.
    void set_dns(std::vector<candidate> list, std::chrono::seconds ttl = std::chrono::seconds(60));
    void fail_dns(std::error_code error = errc::dns_timeout) { error_ = error; }
    /// Runs until this time after the start.
    void run(std::chrono::milliseconds until);
    void report(const candidate& place, outcome_kind what, int retry_after = -1);
    void set_busy(busy value);
    void network_changed();

    /// Address of the target; empty without one.
    std::string target() const;
    /// Events as text since the last call, joined by "; ".
    std::string story();
    long long now_ms() const;

    std::vector<noted_event> events;
    unsigned lookups = 0;
    health known;
    memory_prober probes;
    detail::session_plan plan;

  private:
    void settle();
    time_point next() const;

    std::vector<candidate> list_;
    std::chrono::seconds ttl_{60};
    std::error_code error_;
    time_point now_;
    time_point answer_at_ = never;
    std::size_t told_ = 0;
};

}  // namespace sipha::resolver::test
