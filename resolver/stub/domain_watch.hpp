#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <sipha/resolver/engine.hpp>
#include <sipha/resolver/session.hpp>

#include "resolver/stub/domain_view.hpp"

namespace sipha::resolver::stub {

/// Bounds of the time between two lookups of a domain; in between the TTL of its records decides.
inline constexpr std::chrono::seconds shortest_refresh{1};
inline constexpr std::chrono::seconds longest_refresh{60};
/// After a lookup that failed because of the DNS; doubled up to `longest_refresh`.
inline constexpr std::chrono::seconds failure_pause{2};

struct watch_options {
    std::string domain;     ///< normalised
    lookup_options lookup;  ///< transports are those to serve; the seed fixes the weighted draw
    /// Local address probes leave from.
    std::optional<address> source;
    /// Time between probes of each server; nothing means that none is probed.
    std::optional<std::chrono::milliseconds> probe_interval;
};

enum class news_kind : std::uint8_t {
    changed,        ///< the view is another than before
    dns_failed,     ///< the DNS does not answer: the view holds what was known last
    dns_recovered,  ///< it answers again
};

/// What was learnt.
struct watch_news {
    news_kind kind = news_kind::changed;
    const domain_view& view;
    const domain_view& before;  ///< the same as `view` unless that changed
    std::error_code error;      ///< of the last lookup
};

/// Keeps the view of one served domain up to date: which transports it offers from two lookups,
/// which servers of each transport live, and in which order to use them, from one session each.
/// Addresses once found are used until the DNS says something else, however long it is dead.
class domain_watch {
  public:
    /// @param on outlives this object. @param tell is called from
    /// `advance` and from `engine::process`.
    domain_watch(engine& on, watch_options options, std::function<void(const watch_news&)> tell);
    ~domain_watch();
    domain_watch(const domain_watch&) = delete;
    domain_watch& operator=(const domain_watch&) = delete;

    /// Looks up when it is time, and tells what the sessions have learnt since. To be called after
    /// each `engine::process`.
    void advance(time_point now);
    time_point next_deadline() const { return next_lookup_; }

  private:
    /// The two ways in which phones find servers: by the NAPTR of the domain, and by the SRV of a
    /// transport they have chosen themselves.
    enum class way : std::uint8_t { by_naptr, by_srv };
    struct half {
        std::optional<lookup_id> open;
        std::error_code error;
        std::vector<candidate> found;
    };
    half& of(way which) { return which == way::by_naptr ? by_naptr_ : by_srv_; }
    void look_up(way which);
    void take(way which, std::error_code error, lookup_result result);
    void conclude();
    void watch_places(const std::vector<transport>& offered);
    domain_view make_view() const;
    void publish();
    bool is_any_stale() const;
    std::vector<candidate> found_by_srv() const;
    std::vector<place> places_of(transport offered) const;

    engine& engine_;
    watch_options options_;
    std::function<void(const watch_news&)> tell_;
    half by_naptr_;
    half by_srv_;
    std::map<transport, std::unique_ptr<session>> sessions_;
    std::vector<transport> offered_;
    domain_view view_;
    std::error_code error_;
    bool is_known_ = false;  ///< `view_` comes from an answer
    bool is_stale_ = false;
    std::chrono::seconds pause_ = failure_pause;
    time_point now_{};
    time_point next_lookup_ = time_point::min();
};

}  // namespace sipha::resolver::stub
