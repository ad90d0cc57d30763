#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sipha/resolver/address.hpp>
#include <sipha/resolver/target.hpp>

namespace sipha::resolver {

/// Limits of one lookup; what exceeds them is cut and reported as `warning_kind::truncated`.
inline constexpr std::size_t max_aliases = 8;                ///< CNAME records in a row
inline constexpr std::size_t max_naptr_depth = 5;            ///< non-terminal NAPTR in a row
inline constexpr std::size_t max_naptr_records = 32;         ///< rules used of one owner
inline constexpr std::size_t max_srv_records = 64;           ///< targets used of one owner
inline constexpr std::size_t max_addresses_per_target = 32;  ///< addresses used of one host
inline constexpr std::size_t max_candidates = 128;
inline constexpr std::size_t max_questions = 256;  ///< DNS questions of one lookup

enum class family_use : std::uint8_t { any, v4_only, v6_only };

/// What follows when every candidate of a NAPTR order is unusable. RFC 3403 4.1 stops after the
/// first order that matched; `next_order` treats a rule that led nowhere as not matching.
enum class naptr_scope : std::uint8_t { next_order, strict };

/// `skip` saves the query for networks that lose NAPTR questions.
enum class naptr_use : std::uint8_t { ask, skip };

/// `lenient` also asks _sip._tls and _sips._tls when _sips._tcp does not exist; neither is in
/// RFC 3263, both are published.
enum class srv_names : std::uint8_t { standard, lenient };

/// Whether SRV questions leave together with the NAPTR question (one round trip less when cold).
enum class speculation : std::uint8_t { on, off };

enum class explain_level : std::uint8_t { none, full };

/// How to look up one URI.
struct lookup_options {
    /// Transports the caller speaks, in its order of preference (RFC 3263 4.1).
    std::vector<transport> transports{transport::tls, transport::tcp, transport::udp};
    family_use families = family_use::any;
    resolver::naptr_scope naptr_scope = resolver::naptr_scope::next_order;
    resolver::naptr_use naptr = resolver::naptr_use::ask;
    resolver::srv_names srv_names = resolver::srv_names::standard;
    resolver::speculation speculation = resolver::speculation::on;
    explain_level explain = explain_level::none;
    /// Size of the request, so that one too big for UDP tries TCP first (RFC 3261 18.1.1).
    std::size_t request_bytes = 0;
    /// Path MTU in bytes, 0 when unknown (RFC 3261 18.1.1).
    std::size_t path_mtu_bytes = 0;
    /// Makes the draw repeatable: equal seeds give equal orders (RFC 3263 4.4). The engine draws
    /// one per lookup when none is given; the pure plan then uses 0.
    std::optional<std::uint64_t> seed;
    /// How long a usable candidate waits for questions that are still open.
    std::chrono::milliseconds grace{1000};
    /// How long the rules wait for one question before they treat it as failed.
    std::chrono::milliseconds question_budget{2000};
    /// How long the whole lookup may take.
    std::chrono::milliseconds total_budget{5000};
};

/// Address of a DNS server.
struct dns_server {
    address ip;
    std::uint16_t port = 53;
    /// Zone of a link-local IPv6 address (RFC 4007 11), as "eth0" or "2"; else empty.
    std::string zone{};
    friend bool operator==(const dns_server&, const dns_server&) = default;
};

/// Whether the DNSSEC verdict of the servers is asked for (RFC 6840 5.7) and reported. The bit says
/// something only when nobody can change it on the way: see `ad_use::trusted`.
enum class ad_use : std::uint8_t {
    ignore,
    trusted,  ///< of servers on the loopback, and of all of a resolv.conf with "trust-ad"
    always    ///< of every server: the way to them is protected by other means
};

/// 0x20: letters of the asked name in random case, which an answer must repeat. Makes forging
/// harder; a few servers lose the case, and their answers are then ignored.
enum class name_case : std::uint8_t { lower, random };

/// How the engine reaches the DNS, and how long it believes it.
struct engine_options {
    /// In order of preference; empty means the servers of the system (/etc/resolv.conf), followed
    /// when that file changes.
    std::vector<dns_server> servers;
    /// Local address queries leave from; of the same family as the servers it is used with.
    std::optional<address> source;
    /// Silence of a server of unknown speed after which the next one is asked. Once its round-trip
    /// time is known: smoothed time plus four deviations, within the two limits below.
    std::chrono::milliseconds attempt_timeout{800};
    std::chrono::milliseconds min_attempt_timeout{250};
    std::chrono::milliseconds max_attempt_timeout{2000};
    /// Silence of a server of unknown speed after which a second one is asked at the same time.
    /// Once its round-trip time is known: twice that, at least the limit below.
    std::chrono::milliseconds hedge_delay{250};
    std::chrono::milliseconds min_hedge_delay{50};
    /// Time one question may take over all servers.
    std::chrono::milliseconds query_budget{5000};
    resolver::ad_use ad = resolver::ad_use::ignore;
    resolver::name_case name_case = resolver::name_case::lower;
    /// Answers kept, and the memory for them; what was not used for longest makes room.
    std::size_t max_cache_entries = 1024;
    std::size_t max_cache_bytes = std::size_t{2} << 20;
    /// How long after its end an answer may serve while the DNS fails (RFC 8767); 0 means never.
    std::chrono::seconds max_stale{86'400};
    /// How long a lookup waits for a fresh answer when a stale one is at hand.
    std::chrono::milliseconds stale_delay{1800};
    /// Lookups at the same time; more end with `errc::too_many_lookups`.
    std::size_t max_lookups = 10'000;
};

}  // namespace sipha::resolver
