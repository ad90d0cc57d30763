#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <sipha/geo/ip.hpp>
#include <sipha/geo/region_map.hpp>
#include "dnsgen/model/dns_name.hpp"
#include "dnsgen/model/topology.hpp"

namespace sipha::dnsgen {

/// Record types by their numbers (RFC 1035, 3596, 2782, 3403).
enum class record_type : std::uint16_t { a = 1, ns = 2, soa = 6, aaaa = 28, srv = 33, naptr = 35 };

/// RFC 1035 section 3.3.13.
struct soa_rdata {
    dns_name mname;
    dns_name rname;
    std::uint32_t serial = 0;
    soa_timers timers;

    friend bool operator==(const soa_rdata& left, const soa_rdata& right) {
        return left.mname == right.mname && left.rname == right.rname &&
               left.serial == right.serial && left.timers.refresh == right.timers.refresh &&
               left.timers.retry == right.timers.retry &&
               left.timers.expire == right.timers.expire &&
               left.timers.minimum == right.timers.minimum;
    }
};

/// RFC 2782.
struct srv_rdata {
    std::uint16_t priority = 0;
    std::uint16_t weight = 0;
    std::uint16_t port = 0;
    dns_name target;

    friend bool operator==(const srv_rdata&, const srv_rdata&) = default;
};

/// RFC 3403 section 4.1.
struct naptr_rdata {
    std::uint16_t order = 0;
    std::uint16_t preference = 0;
    std::string flags;
    std::string service;
    std::string regexp;
    dns_name replacement;

    friend bool operator==(const naptr_rdata&, const naptr_rdata&) = default;
};

/// An address for A and AAAA, a name for NS.
using rdata = std::variant<geo::ip_address, dns_name, soa_rdata, srv_rdata, naptr_rdata>;

/// Whether all regions get one answer.
enum class answer_scope : std::uint8_t { everywhere, by_region };

/// All records of one owner and type.
struct record_set {
    dns_name owner;
    record_type type = record_type::a;
    ttl_seconds ttl{0};
    answer_scope scope = answer_scope::everywhere;
    std::vector<rdata> records;

    friend bool operator==(const record_set&, const record_set&) = default;
};

/// The zone as one region's clients see it: the SOA set first, then by owner (canonical order) and
/// type.
struct region_zone {
    std::string region;
    std::vector<record_set> sets;

    const record_set* find(const dns_name& owner, record_type type) const;
};

/// The zone for every region. All regions have the same owners and types.
struct zone_plan {
    dns_name zone;
    std::vector<region_zone> regions;
    std::size_t default_region = 0;
    geo::region_map map;
};

}  // namespace sipha::dnsgen
