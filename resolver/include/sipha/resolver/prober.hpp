#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sipha/resolver/export.hpp>
#include <sipha/resolver/health.hpp>
#include <sipha/resolver/target.hpp>

namespace sipha::resolver {

using probe_id = std::uint64_t;

enum class probe_kind : std::uint8_t {
    /// A TCP connection to the place's address and port that carries nothing but keepalives, kept
    /// open until it breaks or is stopped; also for a place that signals over UDP.
    canary,
    /// One OPTIONS request (RFC 3261 11) over UDP or, on a connection of its own, over TCP. For
    /// TLS, WS and WSS places the connection alone is tried. Any response is life.
    options
};

/// One probe of one place.
struct probe {
    candidate target;                      ///< where to ask
    probe_kind kind = probe_kind::canary;  ///< how to ask
    /// Local address to probe from, of the family of `target`; nothing lets the system choose.
    std::optional<address> source;

    /// Canary: how long a connection may take to come up.
    std::chrono::milliseconds connect_timeout{3000};
    /// Canary: time between a sign of life and the next ping, a double CRLF (RFC 5626 3.5.1). 0
    /// sends none and leaves silence to TCP keepalives, as for TLS, WS and WSS places always.
    std::chrono::milliseconds ping_interval{2500};
    /// Canary: longest time without a sign of life. When pings are further apart than this, the
    /// time counts from the ping that nothing answered. A peer that never answered a ping is held
    /// only to acknowledge it, which its kernel does (RFC 5482 as TCP_USER_TIMEOUT).
    std::chrono::milliseconds silence_limit{5000};

    /// OPTIONS: time until the probe counts as unanswered. Over UDP the request is repeated after
    /// T1, then after twice as long each time (RFC 3261 17.1.2.2 timer E).
    std::chrono::milliseconds timeout{2000};
    /// First interval between repetitions over UDP (RFC 3261 17.1.2.2).
    std::chrono::milliseconds t1{500};
    /// OPTIONS: host of the Request-URI, From and To; empty means the place itself.
    std::string domain;
};

enum class probe_event_kind : std::uint8_t {
    up,      ///< canary: connected; goes on
    alive,   ///< canary: pong, goes on. OPTIONS: any response but 503, over
    down,    ///< over: see `probe_event::result`
    skipped  ///< over without a judgement: no socket was free
};

/// What a probe found out.
struct probe_event {
    probe_id id = 0;                                    ///< as returned by `start`
    probe_event_kind kind = probe_event_kind::skipped;  ///< what happened
    outcome result;                                     ///< for `down`: never `ok`
    std::chrono::microseconds rtt{0};  ///< for `up` and `alive`: how long the peer took
    std::string_view cause;            ///< stable word: refused, unreachable, connect-timeout,
                                       ///< reset, closed, pong-silence, silence, status-503, ...
};

/// Port through which the engine finds out whether places live. One thread. Nothing is called
/// back: events are collected after `process`. Everything a probe waits for is bounded in time.
class SIPHA_RESOLVER_EXPORT prober {
  public:
    prober() = default;
    virtual ~prober();
    prober(const prober&) = delete;
    prober& operator=(const prober&) = delete;

    /// Starts a probe. @param id chosen by the caller, unique among its open probes.
    virtual void start(time_point now, probe_id id, const probe& what) = 0;
    /// Ends a probe; no event of it follows. Unknown or finished ids are ignored.
    virtual void stop(probe_id id) = 0;
    /// A descriptor that polls readable when `process` has something to do; -1 when there is none.
    virtual int fd() const = 0;
    /// When `process` must run at the latest although the descriptor is quiet.
    virtual time_point next_deadline() const = 0;
    /// Moves bytes and runs deadlines; never blocks.
    virtual void process(time_point now) = 0;
    /// Moves out what was found, in order.
    virtual std::vector<probe_event> take_events() = 0;
};

/// How the prober uses the machine.
struct prober_options {
    /// Open probes, each one socket; one more ends as `skipped`.
    std::size_t max_probes = 4096;
    /// Makes branches and Call-IDs repeatable; nothing draws one.
    std::optional<std::uint64_t> seed;
};

/// A prober over the sockets of this machine: non-blocking, one epoll descriptor, no thread.
/// @throws std::system_error when no epoll descriptor is left.
SIPHA_RESOLVER_EXPORT std::unique_ptr<prober> make_net_prober(const prober_options& options = {});

}  // namespace sipha::resolver
