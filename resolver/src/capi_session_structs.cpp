#include "resolver/src/capi_session_structs.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <utility>

#include "resolver/src/capi_structs.hpp"
#include "resolver/src/capi_tables.hpp"

namespace sipha::resolver::detail {
namespace {

using std::chrono::milliseconds;

constexpr std::array profiles{
    std::pair{SIPHA_PROFILE_FIELD, probe_profile::field},
    std::pair{SIPHA_PROFILE_FAST, probe_profile::fast},
    std::pair{SIPHA_PROFILE_BATTERY, probe_profile::battery}};
constexpr std::array ways{
    std::pair{SIPHA_LIVENESS_NONE, liveness::none},
    std::pair{SIPHA_LIVENESS_CANARY, liveness::canary},
    std::pair{SIPHA_LIVENESS_OPTIONS, liveness::options},
    std::pair{SIPHA_LIVENESS_BOTH, liveness::both}};
constexpr std::array states{
    std::pair{SIPHA_LOCATING, session_state::locating},
    std::pair{SIPHA_PINNED, session_state::pinned},
    std::pair{SIPHA_MIGRATING, session_state::migrating},
    std::pair{SIPHA_STRANDED, session_state::stranded}};
constexpr std::array reasons{
    std::pair{SIPHA_LOCATED, session_reason::located},
    std::pair{SIPHA_LOCATE_FAILED, session_reason::locate_failed},
    std::pair{SIPHA_ALIVE, session_reason::alive},
    std::pair{SIPHA_REFUSED, session_reason::refused},
    std::pair{SIPHA_SILENT, session_reason::silent},
    std::pair{SIPHA_RESET, session_reason::reset},
    std::pair{SIPHA_UNAVAILABLE, session_reason::unavailable},
    std::pair{SIPHA_TLS_FAILED, session_reason::tls_failed},
    std::pair{SIPHA_REMOVED_FROM_DNS, session_reason::removed_from_dns},
    std::pair{SIPHA_NETWORK_CHANGED, session_reason::network_changed},
    std::pair{SIPHA_FAILBACK, session_reason::failback},
    std::pair{SIPHA_DNS_STALE, session_reason::dns_stale},
    std::pair{SIPHA_DNS_RECOVERED, session_reason::dns_recovered}};
std::uint32_t plain(std::uint32_t value) {
    return value == SIPHA_ZERO ? 0 : value;
}

void set(milliseconds& field, std::uint32_t value_ms) {
    if (value_ms != 0) {
        field = milliseconds(plain(value_ms));
    }
}

template <class Number>
void set(Number& field, std::uint32_t value) {
    if (value != 0) {
        field = plain(value);
    }
}

template <class Duration>
std::uint32_t count_of(Duration value) {
    constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(value.count(), 0, most));
}

void set_figures(const sipha_session_options& from, session_options& to) {
    set(to.probe_interval, from.probe_interval_ms);
    set(to.probe_timeout, from.probe_timeout_ms);
    set(to.misses, from.misses);
    set(to.hop_limit, from.hop_limit_ms);
    set(to.hop_stagger, from.hop_stagger_ms);
    set(to.backup_interval, from.backup_interval_ms);
    set(to.max_backups, from.max_backups);
    set(to.ping_interval, from.ping_interval_ms);
    set(to.silence_limit, from.silence_limit_ms);
    set(to.good_probes, from.good_probes);
    set(to.hold_down, from.hold_down_ms);
    set(to.failback_jitter, from.failback_jitter_ms);
    set(to.herd_spread, from.herd_spread_ms);
    set(to.unavailable_pause, from.unavailable_pause_ms);
    set(to.refresh_floor, from.refresh_floor_ms);
    set(to.refresh_cap, from.refresh_cap_ms);
}

}  // namespace

std::optional<session_options> to_session_options(const sipha_session_options& options) {
    const auto profile = find_value(profiles, options.profile);
    if (!profile) {
        return std::nullopt;
    }
    auto result = make_session_options(*profile);
    if (options.liveness != SIPHA_LIVENESS_PROFILE) {
        const auto way = find_value(ways, options.liveness);
        if (!way) {
            return std::nullopt;
        }
        result.probes = *way;
    }
    const auto known = read_struct(options.lookup);
    const auto lookup = known ? to_lookup_options(*known) : std::nullopt;
    if (!lookup) {
        return std::nullopt;
    }
    result.lookup = *lookup;
    if (options.account != nullptr) {
        result.account = options.account;
    }
    if (options.source != nullptr) {
        result.source = address::parse(options.source);
        if (!result.source) {
            return std::nullopt;
        }
    }
    set_figures(options, result);
    return result;
}

sipha_session_event to_struct(const session_event& event) {
    sipha_session_event result{};
    result.size = sizeof result;
    result.state = find_number(states, event.state);
    result.reason = find_number(reasons, event.reason);
    result.error = to_status(event.error);
    result.register_after_ms = count_of(event.register_after);
    result.is_stale = event.is_stale ? 1 : 0;
    if (event.retry_in) {
        result.retry_in_s = std::max(1u, count_of(*event.retry_in));
    }
    return result;
}

}  // namespace sipha::resolver::detail
