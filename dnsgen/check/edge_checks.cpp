#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "dnsgen/check/check.hpp"
#include "dnsgen/check/findings.hpp"
#include "dnsgen/plan/ranks.hpp"

namespace sipha::dnsgen {

namespace {

using geo::ip_address;
using geo::ip_prefix;

bool is_in(const ip_address& address, std::initializer_list<std::string_view> prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view text) {
        return ip_prefix::parse(text)->contains(address);
    });
}

bool is_v4_mapped(const ip_address& address) {
    return !address.is_v4() && is_in(address, {"::ffff:0:0/96"});
}

/// Addresses that no client elsewhere can reach: RFC 1918, 6598, 3927, 5737, 1122, 4193, 4291,
/// 3849.
bool is_not_public(const ip_address& address) {
    return is_in(
        address,
        {"10.0.0.0/8",
         "172.16.0.0/12",
         "192.168.0.0/16",
         "100.64.0.0/10",
         "169.254.0.0/16",
         "192.0.2.0/24",
         "198.51.100.0/24",
         "203.0.113.0/24",
         "127.0.0.0/8",
         "fc00::/7",
         "fe80::/10",
         "2001:db8::/32",
         "::1/128"}
    );
}

void check_address(const located<ip_address>& address, findings& report) {
    const auto text = address.value.to_string();
    if (address.value.is_unspecified() || address.value.is_multicast_or_broadcast()) {
        report.error(
            address.at, rule::impossible_address, text + " is no address of one host; correct it"
        );
    } else if (is_v4_mapped(address.value)) {
        report.error(
            address.at,
            rule::mapped_address,
            text + " is an IPv4 address in IPv6 clothes; write it under 'v4'"
        );
    } else if (is_not_public(address.value)) {
        report.warning(
            address.at,
            rule::private_address,
            text + " is private, loopback or for documentation; clients elsewhere cannot reach it"
        );
    }
}

void check_edge_name(const topology& what, const geo::edge& edge, findings& report) {
    const auto& text = edge.name.value;
    const auto name = edge_name(what.zone, edge);
    if (!name || name->is_root()) {
        report.error(edge.name.at, rule::name_syntax, bad_name_text(text));
        return;
    }
    const auto zone = what.zone.name.to_text();
    if (text.ends_with('.')) {
        if (!name->is_within(what.zone.name)) {
            report.error(
                edge.name.at, rule::outside_zone, name->to_text() + " is outside zone " + zone
            );
        }
        return;
    }
    const auto absolute = dns_name::parse_absolute(text);
    if (absolute && !what.zone.name.is_root() && absolute->is_within(what.zone.name)) {
        report.error(
            edge.name.at,
            rule::name_repeats_zone,
            "the zone would be added again; write '" + geo::yaml::printable(text) +
                ".' or only the part before the zone"
        );
    }
}

void check_edge_transports(const geo::edge& edge, findings& report) {
    constexpr std::array ids{transport_id::udp, transport_id::tcp, transport_id::tls};
    const auto is_known = [&](std::string_view text) {
        return std::any_of(ids.begin(), ids.end(), [&](transport_id id) {
            return words_of(id).text == text;
        });
    };
    for (const auto& offered : edge.transports) {
        if (!is_known(offered.value)) {
            report.error(
                offered.at, rule::unknown_transport, "no such transport; use udp, tcp or tls"
            );
        }
    }
    for (const auto& own : edge.ports) {
        if (!is_known(own.transport)) {
            report.error(
                own.port.at, rule::unknown_transport, "no such transport; use udp, tcp or tls"
            );
        }
        if (own.port.value == 0) {
            report.error(
                own.port.at, rule::port_zero, "no server listens at port 0; give 1 to 65535"
            );
        }
    }
}

void check_weights(const geo::site& where, findings& report) {
    std::uint32_t least = 0xffffffff;
    std::uint32_t most = 0;
    bool has_zero = false;
    for (const auto& edge : where.edges) {
        if (geo::effective_state(where, edge) != geo::service_state::up) {
            continue;
        }
        has_zero = has_zero || edge.weight.value == 0;
        if (edge.weight.value != 0) {
            least = std::min(least, edge.weight.value);
            most = std::max(most, edge.weight.value);
        }
    }
    if (most == 0) {
        return;
    }
    if (has_zero) {
        report.warning(
            where.name.at,
            rule::weights_mixed_zero,
            "an edge of weight 0 beside others is almost never chosen; set its state instead"
        );
    }
    if (most / least > largest_weight_ratio ||
        (most / least == largest_weight_ratio && most % least != 0)) {
        report.warning(
            where.name.at,
            rule::weight_skew,
            "weights differ by more than 100:1; the small edge gets next to nothing"
        );
    }
}

/// What must be unique over all sites.
class uniqueness {
  public:
    uniqueness(const topology& what, findings& report) : what_(what), report_(report) {
        for (const auto& host : what.zone.addresses) {
            names_.insert(host.name);
        }
        for (const auto& domain : what.services) {
            names_.insert(domain.domain);
        }
    }

    void add(const geo::edge& edge) {
        const auto name = edge_name(what_.zone, edge);
        if (name && !names_.insert(*name).second) {
            report_.error(
                edge.name.at,
                rule::name_twice,
                name->to_text() + " is given twice; every edge, host and domain needs its own name"
            );
        }
        for (const auto& address : {edge.v4, edge.v6}) {
            if (!address) {
                continue;
            }
            const auto [first, is_new] = owners_.emplace(address->value, edge.name.value);
            if (!is_new) {
                report_.error(
                    address->at,
                    rule::address_twice,
                    address->value.to_string() + " is also the address of '" +
                        geo::yaml::printable(first->second) + "'; each edge needs its own"
                );
            }
        }
    }

  private:
    const topology& what_;
    findings& report_;
    std::set<dns_name> names_;
    std::map<ip_address, std::string> owners_;
};

}  // namespace

void check_edges(const topology& what, findings& report) {
    uniqueness unique(what, report);
    const auto& sites = what.inventory.sites;
    const bool has_v6 = std::any_of(sites.begin(), sites.end(), [](const geo::site& where) {
        return std::any_of(where.edges.begin(), where.edges.end(), [](const geo::edge& edge) {
            return edge.v6.has_value();
        });
    });
    for (const auto& where : sites) {
        for (const auto& edge : where.edges) {
            check_edge_name(what, edge, report);
            check_edge_transports(edge, report);
            unique.add(edge);
            for (const auto& address : {edge.v4, edge.v6}) {
                if (address) {
                    check_address(*address, report);
                }
            }
            if (!edge.v4 && !edge.v6) {
                report.error(
                    edge.name.at,
                    rule::target_without_address,
                    "SRV records would point at a name without address; add 'v4' or 'v6'"
                );
            } else if (has_v6 && !edge.v6) {
                report.warning(
                    edge.name.at,
                    rule::family_gap,
                    "has no IPv6 address while others have; IPv6 clients cannot fail over to it"
                );
            }
        }
        check_weights(where, report);
    }
    for (const auto& host : what.zone.addresses) {
        for (const auto& address : host.addresses) {
            check_address(address, report);
        }
    }
}

}  // namespace sipha::dnsgen
