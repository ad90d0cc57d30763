#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <sipha/resolver/engine.hpp>
#include <sipha/resolver/health.hpp>
#include <sipha/resolver/metrics.hpp>
#include <sipha/resolver/prober.hpp>
#include <sipha/resolver/resolution.hpp>
#include <sipha/resolver/session.hpp>

#include "resolver/src/session_plan.hpp"

namespace sipha::resolver::detail {

using session_number = std::uint64_t;

/// All sessions of one engine: hands their probes to the prober and their lookups to the engine,
/// and calls back what happened.
class session_hub {
  public:
    /// Starts one lookup for a session. @returns a handle for the cancellation.
    using locator = std::function<
        lookup_id(const std::string& uri, const lookup_options& options, lookup_callback done)>;
    using canceller = std::function<void(lookup_id)>;

    /// What sessions need of their engine.
    struct services {
        health& known;
        std::function<time_point()> clock;
        locator locate;
        canceller cancel;
        std::unique_ptr<prober> probes;  ///< null: nothing is probed
        std::uint64_t seed = 0;          ///< of accounts without a name
    };

    explicit session_hub(services from);

    time_point now() const { return services_.clock(); }
    session_number open(
        std::string_view uri, const session_options& options, session::event_handler on_state
    );
    void close(session_number number);

    /// @returns null once the session, or the engine, is gone.
    session_plan* find(session_number number);
    /// Does what a session wants after it was called.
    void touched(time_point now, session_number number);

    /// Moves the probes' bytes, runs deadlines.
    void process(time_point now);
    /// Calls back what happened before this call.
    void deliver();
    bool has_events() const { return !events_.empty(); }
    time_point next_deadline() const;
    int fd() const { return services_.probes ? services_.probes->fd() : -1; }

    std::size_t size() const { return members_.size(); }
    const probe_metrics& metrics() const { return metrics_; }
    /// The machine's network changed; marks and caches are the engine's.
    void network_changed(time_point now);
    /// The engine ends: nothing is called back any more.
    void shut();

  private:
    struct member {
        member(const session_options& use, session_ground ground) : plan(use, std::move(ground)) {}
        session_plan plan;
        std::string uri;
        lookup_options lookup;
        /// Shared with the delivery under way: a handler may destroy its own session.
        std::shared_ptr<session::event_handler> on_state;
        lookup_id open_lookup = 0;
        time_point deadline = never;
    };
    void start_lookup(session_number number, member& item);
    void located(session_number number, std::error_code error, lookup_result result);
    void count(probe_event_kind kind);
    void rearm(time_point now, session_number number, member& item);

    services services_;
    probe_metrics metrics_;
    session_number next_ = 1;
    std::map<session_number, std::unique_ptr<member>> members_;
    std::set<std::pair<time_point, session_number>> deadlines_;
    std::deque<std::pair<session_number, session_event>> events_;
};

}  // namespace sipha::resolver::detail
