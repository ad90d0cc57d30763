#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <sipha/resolver/errors.hpp>
#include <sipha/resolver/target.hpp>

/// Which DNS server is asked when. Pure.
namespace sipha::resolver::detail {

/// Remembers which servers stay silent, so that only the first question pays for a dead one.
class server_health {
  public:
    /// A silent server is asked last for this long, doubled each time it stays silent again.
    static constexpr std::chrono::seconds suspect_base{30};
    static constexpr std::chrono::seconds suspect_cap{300};

    explicit server_health(std::size_t count) : servers_(count) {}

    /// All servers: those in good standing in their configured order, then the suspects.
    std::vector<std::size_t> order(time_point now) const;
    void report_answer(std::size_t server);
    void report_silence(time_point now, std::size_t server);

  private:
    struct standing {
        time_point suspect_until{};
        std::chrono::seconds length{0};
    };
    std::vector<standing> servers_;
};

struct race_timing {
    std::chrono::milliseconds attempt_timeout;
    std::chrono::milliseconds hedge_delay;
    std::chrono::milliseconds budget;
};

/// How an attempt went wrong.
enum class attempt_failure : std::uint8_t {
    refused,     ///< the server answered that it cannot answer (SERVFAIL, REFUSED, ...)
    unreachable  ///< nothing could be sent, or the network said no
};

/// One question over several servers: the next one is asked after a failure, after silence, and
/// beside a slow one after the hedge delay. Silent servers are asked again until the budget ends;
/// a server that failed is not asked again.
class server_race {
  public:
    /// @param order servers to ask, first first.
    server_race(time_point now, std::vector<std::size_t> order, const race_timing& timing);

    /// Runs deadlines. @returns servers to ask now.
    std::vector<std::size_t> advance(time_point now);
    void report_failure(std::size_t server, attempt_failure failure);
    /// No attempt is open and none can follow: the question ends with `error`.
    bool is_lost(time_point now) const;
    std::error_code error() const;
    time_point next_deadline() const;
    /// Servers that could not be reached or said nothing for at least the hedge delay.
    std::vector<std::size_t> silent(time_point now) const;

  private:
    struct attempt {
        std::size_t server = 0;
        time_point started;
    };
    const std::size_t* next_server() const;
    bool is_open(std::size_t server) const;
    bool is_hedge_due(time_point now) const;

    race_timing timing_;
    time_point deadline_;
    std::vector<std::size_t> order_;  ///< rotated: the front is asked next
    std::vector<attempt> open_;       ///< at most two
    std::vector<std::size_t> expired_;
    bool was_refused_ = false;
};

}  // namespace sipha::resolver::detail
