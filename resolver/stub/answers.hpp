#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <sipha/resolver/records.hpp>

#include "resolver/stub/domain_view.hpp"

/// The records that a phone gets instead of those in the DNS. Pure: state in, records out.
///
/// Every phone asks in its own way and misreads something else, so the records leave no choice:
/// - one SRV record for each priority, 1, 2, 3, ... in the order of trial. belle-sip drops levels
/// of
///   one record beside levels of several, libre ignores weights; neither matters here. The order
///   was drawn by weight (RFC 2782) once for this stub, so many stubs still share the load.
/// - NAPTR preference rises together with order: Sofia-SIP compares the preference alone.
/// - The SRV targets of UDP and TCP are synthetic names, each with exactly one address, so that
///   several addresses of one host and several ports of it keep their places in the order. The
///   targets of TLS keep their names, once for each host and port, because some phones check the
///   certificate against the SRV target (RFC 5922 7.3 has them check the domain); the addresses
///   of such a host come in their order in one record set.
/// - The address of the domain itself is its first living server: phones that skip SRV land there.
/// - Dead servers are left out while one lives, since a phone stays with a server that is listed.
namespace sipha::resolver::stub {

/// Places shown of one service. pjsip reads no ninth SRV record, and libre, pjsip and Sofia-SIP do
/// not come back over TCP, so a list is kept short enough for 512 octets.
inline constexpr std::size_t max_places_shown = 8;
inline constexpr std::size_t max_served_domains = 64;
inline constexpr std::uint32_t default_ttl_s = 2;
inline constexpr std::uint32_t max_ttl_s = 60;

/// A question of class IN; the type may be one that this library never asks.
struct stub_question {
    std::string name;  ///< normalised
    std::uint16_t type = 0;
};

/// RFC 1035 3.3.13; the other fields are constant.
struct soa_data {
    std::uint32_t serial = 0;
    std::uint32_t minimum_s = 0;
};

struct stub_record {
    std::string owner;
    std::variant<address, srv_record, naptr_record, soa_data> data;
};

enum class verdict : std::uint8_t {
    answered,   ///< records, or none: the name exists without this type
    unlocated,  ///< a name of a served domain that nothing is known about yet
    elsewhere   ///< not a name of the stub: ask the DNS
};

struct stub_reply {
    verdict result = verdict::elsewhere;
    std::vector<stub_record> answer;
    std::vector<stub_record> authority;
    std::vector<stub_record> additional;
};

/// Answers for the served domains.
class stub_answers {
  public:
    /// @param ttl_s of each record and of each negative answer, 0 to `max_ttl_s`.
    explicit stub_answers(std::uint32_t ttl_s = default_ttl_s);

    /// Begins to serve a domain; its names are `unlocated` until the first `update`.
    /// @returns false, and serves nothing, for a domain that is there already, whose name leaves
    /// no room for synthetic names, or beyond `max_served_domains`.
    bool serve(std::string_view domain);
    /// Replaces what is known of a served domain; others are ignored.
    void update(domain_view view);

    stub_reply answer(const stub_question& asked) const;
    /// No data for this name of a served domain (RFC 2308 2.2): the answer when the DNS may not be
    /// asked. @returns nothing for a name outside.
    std::optional<stub_reply> without_data(const stub_question& asked) const;
    std::uint32_t ttl_s() const { return ttl_s_; }

  private:
    struct domain {
        domain_view view;
        bool is_located = false;
        std::uint32_t serial = 1;
    };
    const domain* domain_of(std::string_view name) const;
    void answer_apex(const domain& in, std::uint16_t type, stub_reply& out) const;
    void answer_service(
        const domain& in, resolver::transport of, const stub_question& asked, stub_reply& out
    ) const;
    void answer_synthetic(std::string_view label, const stub_question& asked, stub_reply& out)
        const;
    bool answer_host(const stub_question& asked, stub_reply& out) const;
    /// Which services count when a host's addresses are collected.
    enum class host_use : std::uint8_t { any, tls_target };
    std::vector<address> addresses_of(std::string_view host, host_use use) const;
    void add_targets(
        const domain& in, const service& of, std::string_view owner, std::vector<stub_record>& out
    ) const;
    void add_addresses(const std::vector<stub_record>& of, std::vector<stub_record>& out) const;
    stub_record soa_of(const domain& in) const;

    std::uint32_t ttl_s_;
    std::vector<domain> domains_;
};

}  // namespace sipha::resolver::stub
