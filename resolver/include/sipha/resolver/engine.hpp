#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>

#include <sipha/resolver/dns_transport.hpp>
#include <sipha/resolver/export.hpp>
#include <sipha/resolver/health.hpp>
#include <sipha/resolver/metrics.hpp>
#include <sipha/resolver/options.hpp>
#include <sipha/resolver/prober.hpp>
#include <sipha/resolver/resolution.hpp>
#include <sipha/resolver/route_set.hpp>

namespace sipha::resolver {

namespace detail {
class session_hub;
}  // namespace detail

using lookup_id = std::uint64_t;

/// Receives the outcome of one lookup, exactly once.
using lookup_callback = std::function<void(std::error_code, lookup_result)>;
/// Receives an open route, exactly once: success when it has a candidate, else why it has none.
using route_callback = std::function<void(std::error_code, route_set)>;

/// What an engine stands on. Tests and simulations give their own: the engine itself reads no
/// clock and draws no randomness but through this.
struct engine_ports {
    /// How the DNS is reached; null means through c-ares.
    std::unique_ptr<dns_transport> transport{};
    /// How sessions probe places; null means this machine's sockets, opened with the first session.
    std::unique_ptr<prober> probes{};
    /// Monotonic time; empty means `std::chrono::steady_clock`.
    std::function<time_point()> clock{};
    /// Start of the seeds of lookups that bring none; nothing means random.
    std::optional<std::uint64_t> seed{};
};

/// Counters of one engine.
struct metrics {
    lookup_metrics lookups;          ///< lists and routes
    cache_metrics cache;             ///< answers kept
    dns_metrics dns;                 ///< questions sent
    probe_metrics probes;            ///< of sessions
    std::size_t open_lookups = 0;    ///< as `engine::pending`
    std::size_t open_routes = 0;     ///< with a handle
    std::size_t cached_answers = 0;  ///< kept now
    std::size_t cached_bytes = 0;    ///< of the answers, estimated
    std::size_t cached_tables = 0;   ///< finished lookups kept to draw from again
    std::size_t open_sessions = 0;   ///< living now
    std::size_t marked_places = 0;   ///< something speaks or spoke against them
};

/// Looks up SIP URIs inside any event loop: poll `fd()` for reading, sleep at most `timeout()`,
/// then call `process()`. One thread; holds the cache and joins equal questions in flight.
class SIPHA_RESOLVER_EXPORT engine {
  public:
    /// Asks the DNS through c-ares. @throws std::system_error when no socket facility is left.
    explicit engine(const engine_options& options = {});
    /// Asks the DNS through the given transport, and stands on the defaults otherwise.
    engine(const engine_options& options, std::unique_ptr<dns_transport> transport);
    /// Stands on the given ports. With a transport of its own and without `options.servers` it is
    /// told of one server, 127.0.0.1, not of those of the system.
    /// @throws std::system_error when the descriptors cannot be joined into one.
    engine(const engine_options& options, engine_ports ports);
    /// Ends every open lookup with `errc::aborted` before it returns; no callback follows.
    ~engine();
    engine(const engine&) = delete;
    engine& operator=(const engine&) = delete;

    /// Starts a lookup. @param uri a SIP or SIPS URI. @param done is called from `process` or the
    /// destructor, never from inside this call. It may start and cancel lookups, not destroy the
    /// engine. @returns a handle for `cancel`.
    lookup_id resolve(std::string_view uri, const lookup_options& options, lookup_callback done);
    /// The result of a lookup whose answers are all known already, at once; nothing is asked. What
    /// an equal lookup found before is drawn from anew without looking at the answers again.
    /// @returns nothing when the DNS must be asked, and when the lookup would end with an error:
    /// `resolve` tells.
    std::optional<lookup_result> try_resolve(std::string_view uri, const lookup_options& options);
    /// Opens a lookup that hands out one candidate after the other. @param done as for `resolve`;
    /// called as soon as the first candidate is certain, which is before the whole list is known.
    lookup_id open_route(std::string_view uri, const lookup_options& options, route_callback done);
    /// Locates where a response goes whose connection is gone (RFC 3261 18.2.2, RFC 3263 5).
    lookup_id resolve_reply(
        const via_target& via, const lookup_options& options, lookup_callback done
    );

    /// What a request to a candidate experienced: places that failed come last, for all lookups
    /// and routes of this engine; after `outcome_kind::tls_identity` a route that handed the
    /// candidate out gives nothing less secure any more.
    void report(const candidate& place, const outcome& what);
    /// What is known of the places requests were sent to.
    const health& places() const;
    /// Sessions that live on this engine.
    std::size_t open_sessions() const;
    /// The network is another one: known answers only serve as the last resort for a minute,
    /// questions under way are asked again, the servers of the system are read again, and nothing
    /// is thought of any server or place any more.
    void network_changed();
    /// What happened since the engine started.
    metrics snapshot() const;

    /// Ends a lookup with `errc::cancelled`, reported by the next `process`. Unknown or finished
    /// handles are ignored. DNS questions under way still fill the cache.
    void cancel(lookup_id id);

    /// The descriptor to poll for reading, the only one: all others are nested in it. It stays the
    /// same for the engine's life; -1 when no port has a descriptor.
    int fd() const;
    /// How long the loop may sleep; nothing means until the descriptor is readable.
    std::optional<std::chrono::milliseconds> timeout() const;
    /// Does what is due and calls back what finished; never blocks.
    void process();
    /// Lookups and waits for open routes whose callback has not run yet.
    std::size_t pending() const;

  private:
    friend class session;
    struct state;
    const std::shared_ptr<detail::session_hub>& sessions();

    std::unique_ptr<state> state_;
};

}  // namespace sipha::resolver
