#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <sipha/resolver/metrics.hpp>
#include <sipha/resolver/target.hpp>

/// What is known of the DNS servers. Pure.
namespace sipha::resolver::detail {

/// How long a server may stay silent; see `engine_options` for the meaning.
struct server_timing {
    std::chrono::milliseconds unknown_timeout{800};
    std::chrono::milliseconds min_timeout{250};
    std::chrono::milliseconds max_timeout{2000};
    std::chrono::milliseconds unknown_hedge{250};
    std::chrono::milliseconds min_hedge{50};
};

/// Speed and standing of each server, and the order in which to ask them.
///
/// A server becomes a suspect after two silent attempts in a row or a refusal by the network. It
/// is then asked last, and beside another one from time to time; its first answer clears it.
class server_table {
  public:
    static constexpr unsigned silences_to_suspect = 2;
    /// How long a suspect is left alone, doubled each time a probe of it fails.
    static constexpr std::chrono::seconds suspect_base{30};
    static constexpr std::chrono::seconds suspect_cap{300};
    /// A server that rejected EDNS is asked without it for this long.
    static constexpr std::chrono::seconds plain_period{600};
    /// Speeds closer together than this are equal: the configured order decides.
    static constexpr std::chrono::milliseconds rank_step{4};

    server_table(std::size_t count, const server_timing& timing);

    std::size_t size() const { return servers_.size(); }
    /// All servers: by speed, suspects last by the time they may be probed. One that owes an
    /// answer is as slow as the time it owes it.
    std::vector<std::size_t> order(time_point now) const;
    /// A server that may be good again and should get a copy of a question; it is not returned
    /// again before this attempt ended.
    std::optional<std::size_t> take_probe(time_point now);

    /// Smoothed time plus four deviations (RFC 6298 2), doubled for each silence in a row.
    time_point::duration attempt_timeout(std::size_t server) const;
    /// When a second server is asked beside this one.
    time_point::duration hedge_delay(std::size_t server) const;
    bool uses_edns(time_point now, std::size_t server) const;
    server_standing standing(std::size_t server) const { return servers_[server].standing; }
    std::optional<time_point::duration> srtt(std::size_t server) const {
        return servers_[server].srtt;
    }

    void note_sent(time_point now, std::size_t server);
    /// @param took nothing when the time says nothing about the way, as over TCP.
    void note_answer(time_point now, std::size_t server, std::optional<time_point::duration> took);
    /// An attempt sent at `sent_at` has run out. It counts unless the server answered since.
    void note_silence(time_point now, std::size_t server, time_point sent_at);
    /// The network refused to carry a query.
    void note_error(time_point now, std::size_t server);
    void note_edns_rejected(time_point now, std::size_t server);

  private:
    struct state {
        server_standing standing = server_standing::good;
        std::optional<time_point::duration> srtt;
        time_point::duration rttvar{0};
        unsigned silences = 0;  ///< in a row
        std::optional<time_point> owes_since;
        time_point heard_at{};  ///< when it last answered
        time_point probe_at = never;
        std::chrono::seconds pause{0};  ///< length of the present suspicion
        bool is_probed = false;
        time_point plain_until{};
    };
    void suspect(time_point now, state& server);
    time_point::duration rank(time_point now, const state& server) const;

    server_timing timing_;
    std::vector<state> servers_;
};

}  // namespace sipha::resolver::detail
