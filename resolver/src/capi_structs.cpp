#include "resolver/src/capi_structs.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include <sipha/resolver/errors.hpp>

#include "resolver/src/capi_tables.hpp"

namespace sipha::resolver::detail {
namespace {

/// The statuses of resolver.h that stand for an `errc` are its value moved here.
constexpr std::int32_t lookup_status_base = -100;

constexpr std::int32_t status_of(errc value) {
    return lookup_status_base - static_cast<std::int32_t>(value);
}

static_assert(status_of(errc::bad_uri) == SIPHA_EBAD_URI);
static_assert(status_of(errc::bad_name) == SIPHA_EBAD_NAME);
static_assert(status_of(errc::transport_conflict) == SIPHA_ETRANSPORT_CONFLICT);
static_assert(status_of(errc::transport_unsupported) == SIPHA_ETRANSPORT_UNSUPPORTED);
static_assert(status_of(errc::family_unsupported) == SIPHA_EFAMILY_UNSUPPORTED);
static_assert(status_of(errc::not_found) == SIPHA_ENOT_FOUND);
static_assert(status_of(errc::no_candidates) == SIPHA_ENO_CANDIDATES);
static_assert(status_of(errc::no_addresses) == SIPHA_ENO_ADDRESSES);
static_assert(status_of(errc::service_not_available) == SIPHA_ESERVICE_NOT_AVAILABLE);
static_assert(status_of(errc::alias_loop) == SIPHA_EALIAS_LOOP);
static_assert(status_of(errc::dns_temporary) == SIPHA_EDNS_TEMPORARY);
static_assert(status_of(errc::dns_timeout) == SIPHA_EDNS_TIMEOUT);
static_assert(status_of(errc::dns_unreachable) == SIPHA_EDNS_UNREACHABLE);
static_assert(status_of(errc::dns_malformed) == SIPHA_EDNS_MALFORMED);
static_assert(status_of(errc::all_backoff) == SIPHA_EALL_BACKOFF);
static_assert(status_of(errc::tls_identity) == SIPHA_ETLS_IDENTITY);
static_assert(status_of(errc::exhausted) == SIPHA_EEXHAUSTED);
static_assert(status_of(errc::too_many_lookups) == SIPHA_ETOO_MANY_LOOKUPS);
static_assert(status_of(errc::cancelled) == SIPHA_ECANCELLED);
static_assert(status_of(errc::aborted) == SIPHA_EABORTED);

constexpr std::array transports{
    std::pair{SIPHA_UDP, transport::udp},
    std::pair{SIPHA_TCP, transport::tcp},
    std::pair{SIPHA_TLS, transport::tls},
    std::pair{SIPHA_WS, transport::ws},
    std::pair{SIPHA_WSS, transport::wss}};

constexpr std::array kinds{
    std::pair{SIPHA_OUTCOME_OK, outcome_kind::ok},
    std::pair{SIPHA_OUTCOME_REFUSED, outcome_kind::refused},
    std::pair{SIPHA_OUTCOME_TIMEOUT, outcome_kind::timeout},
    std::pair{SIPHA_OUTCOME_RESET, outcome_kind::reset},
    std::pair{SIPHA_OUTCOME_TLS_IDENTITY, outcome_kind::tls_identity},
    std::pair{SIPHA_OUTCOME_TLS_ERROR, outcome_kind::tls_error},
    std::pair{SIPHA_OUTCOME_UNAVAILABLE, outcome_kind::unavailable}};

/// Zero leaves the default.
void set(std::chrono::milliseconds& field, std::uint32_t value_ms) {
    if (value_ms != 0) {
        field = std::chrono::milliseconds(value_ms);
    }
}

void set(std::size_t& field, std::uint32_t value) {
    if (value != 0) {
        field = value;
    }
}

template <std::size_t Size>
void copy_text(std::string_view text, char (&to)[Size]) {
    const auto length = std::min(text.size(), Size - 1);
    std::memcpy(to, text.data(), length);
    to[length] = '\0';
}

template <std::size_t Size>
std::string_view text_of(const char (&from)[Size]) {
    return {from, ::strnlen(from, Size)};
}

bool set_transports(const sipha_options& options, lookup_options& result) {
    if (options.transports[0] == 0) {
        return true;
    }
    result.transports.clear();
    for (const auto number : options.transports) {
        if (number == 0) {
            break;
        }
        const auto known = find_value(transports, number);
        if (!known) {
            return false;
        }
        result.transports.push_back(*known);
    }
    return true;
}

}  // namespace

bool is_zero(const unsigned char* bytes, std::size_t count) {
    return std::all_of(bytes, bytes + count, [](unsigned char byte) { return byte == 0; });
}

std::optional<dns_server> parse_server(std::string_view text) {
    dns_server result;
    std::string_view host = text;
    std::string_view port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        host = text.substr(1, end - 1);
        port = text.substr(end + 1);
        if (!port.empty() && !port.starts_with(':')) {
            return std::nullopt;
        }
    } else if (const auto colon = text.find(':');
               colon != std::string_view::npos && text.find(':', colon + 1) == text.npos) {
        host = text.substr(0, colon);  // two colons would be IPv6 without brackets
        port = text.substr(colon);
    }
    if (!port.empty()) {
        port.remove_prefix(1);
        const auto parsed = std::from_chars(port.data(), port.data() + port.size(), result.port);
        if (parsed.ec != std::errc() || parsed.ptr != port.data() + port.size() ||
            result.port == 0) {
            return std::nullopt;
        }
    }
    const auto ip = address::parse(host);
    if (!ip) {
        return std::nullopt;
    }
    result.ip = *ip;
    return result;
}

std::optional<engine_options> to_engine_options(const sipha_config& config) {
    engine_options result;
    if (config.server_count > SIPHA_MAX_SERVERS ||
        (config.server_count != 0 && config.servers == nullptr)) {
        return std::nullopt;
    }
    for (std::uint32_t index = 0; index < config.server_count; ++index) {
        const char* text = config.servers[index];
        const auto server = text == nullptr ? std::nullopt : parse_server(text);
        if (!server) {
            return std::nullopt;
        }
        result.servers.push_back(*server);
    }
    if (config.source != nullptr) {
        result.source = address::parse(config.source);
        if (!result.source) {
            return std::nullopt;
        }
    }
    set(result.attempt_timeout, config.attempt_timeout_ms);
    set(result.hedge_delay, config.hedge_delay_ms);
    set(result.query_budget, config.query_budget_ms);
    set(result.max_cache_entries, config.max_cache_entries);
    set(result.max_lookups, config.max_lookups);
    set(result.max_cache_bytes, config.max_cache_bytes);
    if (config.max_stale_s != 0) {
        result.max_stale = std::chrono::seconds(config.max_stale_s);
    }
    set(result.stale_delay, config.stale_delay_ms);
    constexpr std::uint32_t known_flags =
        SIPHA_AD_TRUSTED | SIPHA_AD_ALWAYS | SIPHA_RANDOM_CASE | SIPHA_NO_STALE;
    if ((config.flags & ~known_flags) != 0) {
        return std::nullopt;
    }
    if ((config.flags & (SIPHA_AD_TRUSTED | SIPHA_AD_ALWAYS)) != 0) {
        result.ad = (config.flags & SIPHA_AD_ALWAYS) != 0 ? ad_use::always : ad_use::trusted;
    }
    if ((config.flags & SIPHA_RANDOM_CASE) != 0) {
        result.name_case = name_case::random;
    }
    if ((config.flags & SIPHA_NO_STALE) != 0) {
        result.max_stale = std::chrono::seconds(0);
    }
    return result;
}

std::optional<lookup_options> to_lookup_options(const sipha_options& options) {
    constexpr std::uint32_t known_flags =
        SIPHA_SKIP_NAPTR | SIPHA_LENIENT_SRV | SIPHA_NO_SPECULATION | SIPHA_EXPLAIN | SIPHA_SEED |
        SIPHA_LITERAL_DRAW | SIPHA_WS_SRV_SIP_WS | SIPHA_WS_SRV_WS_TCP | SIPHA_TLS_SRV_TARGET;
    lookup_options result;
    if ((options.flags & ~known_flags) != 0 || options.families > SIPHA_FAMILY_V6 ||
        options.naptr_scope > SIPHA_NAPTR_STRICT || !set_transports(options, result)) {
        return std::nullopt;
    }
    constexpr std::array families{family_use::any, family_use::v4_only, family_use::v6_only};
    result.families = families[options.families];
    if (options.naptr_scope == SIPHA_NAPTR_STRICT) {
        result.naptr_scope = naptr_scope::strict;
    }
    if ((options.flags & SIPHA_SKIP_NAPTR) != 0) {
        result.naptr = naptr_use::skip;
    }
    if ((options.flags & SIPHA_LENIENT_SRV) != 0) {
        result.srv_names = srv_names::lenient;
    }
    if ((options.flags & SIPHA_NO_SPECULATION) != 0) {
        result.speculation = speculation::off;
    }
    if ((options.flags & SIPHA_EXPLAIN) != 0) {
        result.explain = explain_level::full;
    }
    if ((options.flags & SIPHA_LITERAL_DRAW) != 0) {
        result.srv_draw = srv_draw::rfc2782_literal;
    }
    if ((options.flags & SIPHA_WS_SRV_SIP_WS) != 0) {
        result.ws_srv_names = ws_srv_names::sip_ws;
    } else if ((options.flags & SIPHA_WS_SRV_WS_TCP) != 0) {
        result.ws_srv_names = ws_srv_names::ws_tcp;
    }
    if ((options.flags & SIPHA_TLS_SRV_TARGET) != 0) {
        result.tls_identity = tls_identity::srv_target;
    }
    if ((options.flags & SIPHA_SEED) != 0) {
        result.seed = options.seed;
    }
    result.request_bytes = options.request_bytes;
    result.path_mtu_bytes = options.path_mtu_bytes;
    set(result.grace, options.grace_ms);
    set(result.question_budget, options.question_budget_ms);
    set(result.total_budget, options.total_budget_ms);
    return result;
}

std::optional<via_target> to_via_target(const sipha_via& via) {
    const auto transport = find_value(transports, via.transport);
    if (!transport || via.host == nullptr || via.port > UINT16_MAX) {
        return std::nullopt;
    }
    via_target result;
    result.transport = *transport;
    result.host = via.host;
    if (via.port != 0) {
        result.port = static_cast<std::uint16_t>(via.port);
    }
    return result;
}

sipha_candidate to_struct(const candidate& place, time_point now) {
    sipha_candidate result{};
    result.size = sizeof result;
    result.transport = find_number(transports, place.transport);
    result.family = place.ip.family() == address_family::v4 ? 4 : 6;
    result.port = place.port;
    result.expires_in_ms = -1;
    if (place.expires != never) {
        const auto left = std::max(place.expires - now, time_point::duration::zero());
        result.expires_in_ms = std::chrono::floor<std::chrono::milliseconds>(left).count();
    }
    result.is_stale = place.is_stale ? 1 : 0;
    result.is_authentic = place.is_authentic ? 1 : 0;
    result.naptr_order = place.rank.naptr_order;
    result.naptr_preference = place.rank.naptr_preference;
    result.srv_priority = place.rank.srv_priority;
    const auto octets = place.ip.bytes();
    std::memcpy(result.octets, octets.data(), octets.size());
    copy_text(place.ip.to_string(), result.address);
    copy_text(place.tls_name, result.tls_name);
    copy_text(place.srv_target, result.srv_target);
    return result;
}

sipha_metrics to_struct(const metrics& counted) {
    sipha_metrics result{};
    result.size = sizeof result;
    result.open_lookups = static_cast<std::uint32_t>(counted.open_lookups);
    result.lookups = counted.lookups.started + counted.lookups.routes;
    result.lookups_refused = counted.lookups.refused;
    result.cache_hits = counted.cache.hits;
    result.cache_misses = counted.cache.misses;
    result.cache_joined = counted.cache.joined;
    result.cache_failures = counted.cache.failures;
    result.cache_stale = counted.cache.stale;
    result.cache_prefetches = counted.cache.prefetches;
    result.cache_evictions = counted.cache.evictions;
    result.glue = counted.cache.glue;
    result.cached_answers = counted.cached_answers;
    result.marked_places = counted.marked_places;
    return result;
}

std::optional<candidate> to_candidate(const sipha_candidate& place) {
    const auto transport = find_value(transports, place.transport);
    if (!transport || (place.family != 4 && place.family != 6) || place.port == 0 ||
        place.port > UINT16_MAX) {
        return std::nullopt;
    }
    candidate result;
    result.transport = *transport;
    result.ip = place.family == 4
                    ? address::v4(std::span<const std::uint8_t, 4>(place.octets, 4))
                    : address::v6(std::span<const std::uint8_t, 16>(place.octets, 16));
    result.port = static_cast<std::uint16_t>(place.port);
    result.tls_name = text_of(place.tls_name);
    result.srv_target = text_of(place.srv_target);
    return result;
}

std::optional<place_report> read_report(const sipha_candidate* place, const sipha_outcome* what) {
    const auto where = place == nullptr ? std::nullopt : read_struct(place);
    const auto how = what == nullptr ? std::nullopt : read_struct(what);
    if (!where || !how) {
        return std::nullopt;
    }
    const auto target = to_candidate(*where);
    const auto kind = find_value(kinds, how->kind);
    if (!target || !kind) {
        return std::nullopt;
    }
    place_report result{.place = *target, .what = {.kind = *kind, .retry_after = std::nullopt}};
    if (how->retry_after_s != 0) {
        result.what.retry_after = std::chrono::seconds(how->retry_after_s);
    }
    return result;
}

std::int32_t to_status(const std::error_code& error) {
    if (!error) {
        return SIPHA_OK;
    }
    if (error.category() != resolver_category()) {
        return SIPHA_EINTERNAL;
    }
    return lookup_status_base - error.value();
}

}  // namespace sipha::resolver::detail
