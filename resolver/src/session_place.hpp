#pragma once

#include <chrono>
#include <optional>

#include <sipha/resolver/prober.hpp>
#include <sipha/resolver/target.hpp>

namespace sipha::resolver::detail {

/// What a session remembers of one place.
struct session_place {
    candidate target;

    probe_id canary = 0;    ///< open canary; 0 is none
    probe_id question = 0;  ///< open probe that ends by itself: OPTIONS, or a mere connection
    bool is_canary_up = false;
    bool is_rechecking = false;  ///< the canary was closed; its successor tells why
    bool had_canary = false;     ///< a canary came up once
    bool has_ponged = false;     ///< a ping was answered once
    bool closes_idle = false;    ///< closes connections and lives on: look again before leaving
    bool was_lost_by_close = false;
    bool has_answered = false;  ///< an OPTIONS was answered once
    bool has_traffic = false;   ///< a request of the application was answered
    bool is_mute = false;       ///< takes requests but answers no OPTIONS

    unsigned missed = 0;  ///< probes in a row
    unsigned good = 0;    ///< probes in a row
    unsigned flaps = 0;   ///< times it died soon after a failback to it
    std::chrono::milliseconds failback_jitter{0};
    time_point good_since = never;
    time_point lost_at = time_point::min();
    time_point canary_up_at = time_point::min();
    time_point seen = time_point::min();    ///< last sign of life
    time_point probed = time_point::min();  ///< start of the last probe
    time_point next_probe = time_point::min();
    time_point next_canary = time_point::min();
    time_point avoid_until = time_point::min();
    std::optional<std::chrono::microseconds> rtt;
};

/// Places a canary can send pings to. On TLS, WS and WSS it carries no handshake, so those may
/// close it at any time.
inline bool is_plain(const candidate& target) {
    return target.transport == transport::udp || target.transport == transport::tcp;
}

/// Places of one level are equals: a session changes between them only when one dies.
inline bool is_same_level(const candidate& left, const candidate& right) {
    return left.transport == right.transport && left.rank.naptr_order == right.rank.naptr_order &&
           left.rank.naptr_preference == right.rank.naptr_preference &&
           left.rank.srv_priority == right.rank.srv_priority;
}

}  // namespace sipha::resolver::detail
