#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <sipha/resolver/engine.hpp>

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
};

/// What was learnt, for the log.
struct watch_news {
    const domain_view& view;
    std::error_code error;   ///< of the last lookup
    bool is_changed = true;  ///< the view is another than before
    bool is_stale = false;   ///< the DNS fails: the view holds what was known last
};

/// Keeps the view of one served domain up to date. Addresses once found are used until the DNS
/// says something else, however long it is dead.
class domain_watch {
  public:
    /// @param on outlives this object. @param tell is called from `engine::process`.
    domain_watch(engine& on, watch_options options, std::function<void(const watch_news&)> tell);
    ~domain_watch();
    domain_watch(const domain_watch&) = delete;
    domain_watch& operator=(const domain_watch&) = delete;

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
    domain_view make_view() const;

    engine& engine_;
    watch_options options_;
    std::function<void(const watch_news&)> tell_;
    half by_naptr_;
    half by_srv_;
    std::optional<domain_view> view_;
    bool is_stale_ = false;
    std::chrono::seconds pause_ = failure_pause;
    time_point now_{};
    time_point next_lookup_ = time_point::min();
};

}  // namespace sipha::resolver::stub
