#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sipha/resolver/address.hpp>
#include <sipha/resolver/export.hpp>
#include <sipha/resolver/health.hpp>
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

/// Whether SRV and address questions leave together with the NAPTR question (one or two round
/// trips less when cold, at the price of up to five questions more).
enum class speculation : std::uint8_t { on, off };

/// How records of one priority share the load (RFC 2782). `fair` shuffles and draws exclusively,
/// with 256 times the weight, or 1 for weight 0: shares follow the weights exactly. The letter's
/// inclusive draw gives {1,1} 60/40 behind a shuffle, and is there for comparison.
enum class srv_draw : std::uint8_t { fair, rfc2782_literal };

/// Names under which SRV records of WebSocket are asked without NAPTR. RFC 7118 5.5 knows ports
/// only, and what is published differs: `sip_ws` asks _sip._ws and _sips._ws, `ws_tcp` asks
/// _ws._tcp and _wss._tcp.
enum class ws_srv_names : std::uint8_t { none, sip_ws, ws_tcp };

/// The name in `candidate::tls_name`. RFC 5922 7.3 and RFC 6125 want the host of the URI; the SRV
/// target is a name that whoever answers DNS questions can choose, so it takes an explicit wish.
enum class tls_identity : std::uint8_t { uri_host, srv_target };

/// A local address that packets could leave from.
struct source_address {
    address ip;                       ///< the address itself
    std::uint8_t prefix_length = 64;  ///< of its network, in bits
};
/// Local addresses looked at for the order of destinations; further ones are not used.
inline constexpr std::size_t max_source_addresses = 32;

enum class explain_level : std::uint8_t { none, full };

/// Whether what is known of the places changes the order of a list; sessions take the list as it
/// comes from the DNS and order it themselves.
enum class health_use : std::uint8_t { overlay, ignore };

/// How to look up one URI.
struct lookup_options {
    /// Transports the caller speaks, in its order of preference (RFC 3263 4.1).
    std::vector<transport> transports{transport::tls, transport::tcp, transport::udp};
    family_use families = family_use::any;  ///< address families to use
    /// What follows a NAPTR order of which nothing is usable.
    resolver::naptr_scope naptr_scope = resolver::naptr_scope::next_order;
    resolver::naptr_use naptr = resolver::naptr_use::ask;           ///< whether NAPTR is asked
    resolver::srv_names srv_names = resolver::srv_names::standard;  ///< which SRV names are asked
    /// Whether SRV is asked before NAPTR is answered.
    resolver::speculation speculation = resolver::speculation::on;
    resolver::srv_draw srv_draw = resolver::srv_draw::fair;  ///< how weights are drawn
    /// SRV names asked for WebSocket.
    resolver::ws_srv_names ws_srv_names = resolver::ws_srv_names::none;
    /// What `candidate::tls_name` is.
    resolver::tls_identity tls_identity = resolver::tls_identity::uri_host;
    explain_level explain = explain_level::none;  ///< whether `lookup_result::steps` is filled
    health_use health = health_use::overlay;      ///< whether what is known of the places counts
    /// Size of the request, so that one too big for UDP tries TCP first (RFC 3261 18.1.1).
    std::size_t request_bytes = 0;
    /// Path MTU in bytes, 0 when unknown (RFC 3261 18.1.1).
    std::size_t path_mtu_bytes = 0;
    /// Makes the draw repeatable: equal seeds give equal orders, as a stateless proxy needs them
    /// (RFC 3263 4.4); see `seed_from`. The engine draws one per lookup when none is given; the
    /// pure plan then uses 0.
    std::optional<std::uint64_t> seed;
    /// Local addresses for the rules of RFC 6724 6 that compare sources; see `local_addresses`.
    /// Without any, destinations are ordered by what they are alone.
    std::vector<source_address> source_addresses;
    /// How long a usable candidate waits for questions that are still open.
    std::chrono::milliseconds grace{1000};
    /// How long an IPv4 address waits for the AAAA answer when it is to be connected to (RFC 8305
    /// 8); over UDP, where no second connection can race the first, it waits for the grace.
    std::chrono::milliseconds resolution_delay{50};
    /// How long the rules wait for one question before they treat it as failed.
    std::chrono::milliseconds question_budget{2000};
    /// How long the whole lookup may take.
    std::chrono::milliseconds total_budget{5000};
};

/// A seed that stays the same for the same text: Call-ID, branch or account name.
SIPHA_RESOLVER_EXPORT std::uint64_t seed_from(std::string_view key);

/// Address of a DNS server.
struct dns_server {
    address ip;               ///< where to send
    std::uint16_t port = 53;  ///< UDP and TCP
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
    std::chrono::milliseconds min_attempt_timeout{250};   ///< least timeout of one server
    std::chrono::milliseconds max_attempt_timeout{2000};  ///< greatest timeout of one server
    /// Silence of a server of unknown speed after which a second one is asked at the same time.
    /// Once its round-trip time is known: twice that, at least the limit below.
    std::chrono::milliseconds hedge_delay{250};
    std::chrono::milliseconds min_hedge_delay{50};  ///< least delay before a second server is asked
    /// Time one question may take over all servers.
    std::chrono::milliseconds query_budget{5000};
    resolver::ad_use ad = resolver::ad_use::ignore;  ///< what the AD bit of answers is worth
    /// Whether query names are sent in mixed case.
    resolver::name_case name_case = resolver::name_case::lower;
    /// Answers kept, and the memory for them; what was not used for longest makes room.
    std::size_t max_cache_entries = 1024;
    /// Finished lookups kept to draw from again without planning.
    std::size_t max_tables = 1024;
    /// Lookups and open routes at the same time; more end with `errc::too_many_lookups`.
    std::size_t max_cache_bytes = std::size_t{2} << 20;
    /// How long after its end an answer may serve while the DNS fails (RFC 8767); 0 means never.
    std::chrono::seconds max_stale{86'400};
    /// How long a lookup waits for a fresh answer when a stale one is at hand.
    std::chrono::milliseconds stale_delay{1800};
    /// Lookups at the same time; more end with `errc::too_many_lookups`.
    std::size_t max_lookups = 10'000;
    /// How places that failed are treated.
    health_options health;
};

}  // namespace sipha::resolver
