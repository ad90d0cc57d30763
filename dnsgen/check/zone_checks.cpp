#include <algorithm>
#include <set>

#include "dnsgen/check/check.hpp"
#include "dnsgen/check/findings.hpp"

namespace sipha::dnsgen {

namespace {

bool has_address(const zone_settings& zone, const dns_name& name) {
    return std::any_of(zone.addresses.begin(), zone.addresses.end(), [&](const auto& host) {
        return host.name == name && !host.addresses.empty();
    });
}

void check_soa(const zone_settings& zone, findings& report) {
    for (const auto* text : {&zone.mname, &zone.rname}) {
        if (!text->value.empty() && !dns_name::parse(text->value, zone.name)) {
            report.error(text->at, rule::name_syntax, bad_name_text(text->value));
        }
    }
    // RFC 1912 section 2.2: a secondary must get the chance of a refresh and a retry first.
    const std::uint64_t least =
        std::uint64_t{zone.soa.refresh.count()} + std::uint64_t{zone.soa.retry.count()};
    if (zone.soa.expire.count() < least) {
        report.error(
            zone.soa_at,
            rule::soa_timers,
            "expire " + std::to_string(zone.soa.expire.count()) + "s is below refresh + retry " +
                std::to_string(least) + "s; raise expire, 14d is usual"
        );
    }
}

void check_name_servers(const topology& what, findings& report) {
    const auto& zone = what.zone;
    std::set<dns_name> names;
    for (const auto& server : zone.ns) {
        if (!names.insert(server.name).second) {
            report.error(
                server.text.at, rule::name_servers, "this name server is listed twice; remove one"
            );
        }
        const auto& sites = what.inventory.sites;
        const bool is_edge = std::any_of(sites.begin(), sites.end(), [&](const geo::site& where) {
            return std::any_of(where.edges.begin(), where.edges.end(), [&](const geo::edge& edge) {
                return edge_name(zone, edge) == server.name && (edge.v4 || edge.v6);
            });
        });
        if (server.name.is_within(zone.name) && !has_address(zone, server.name) && !is_edge) {
            report.error(
                server.text.at,
                rule::name_servers,
                "name server " + server.name.to_text() +
                    " lies in the zone but has no address; add it under zone.addresses"
            );
        }
    }
    // RFC 1034 section 4.1: at least two servers.
    if (names.size() < 2) {
        report.error(
            zone.ns_at, rule::name_servers, "a zone needs two name servers or more; add one to 'ns'"
        );
    }
}

void check_hosts(const zone_settings& zone, findings& report) {
    std::set<dns_name> names;
    for (const auto& host : zone.addresses) {
        if (!host.name.is_within(zone.name)) {
            report.error(
                host.text.at,
                rule::outside_zone,
                host.name.to_text() + " is outside the zone; its addresses belong elsewhere"
            );
        }
        if (!names.insert(host.name).second) {
            report.error(host.text.at, rule::name_twice, "the name is given twice; merge them");
        }
    }
}

void check_ttls(const ttl_settings& ttl, findings& report) {
    for (const auto* address : {&ttl.address, &ttl.geo}) {
        if (address->value.count() == 0) {
            report.warning(
                address->at,
                rule::ttl_extreme,
                "TTL 0 makes every call ask the name servers; 30s or more is usual"
            );
        } else if (address->value > longest_sensible_address_ttl) {
            report.warning(
                address->at,
                rule::ttl_extreme,
                "clients keep a dead address for more than a day; 5m or less is usual"
            );
        }
    }
}

void check_transport(const transport& offered, findings& report) {
    const auto& words = words_of(offered.id.value);
    bool is_known = false;
    for (const auto id : {transport_id::udp, transport_id::tcp, transport_id::tls}) {
        is_known = is_known || words_of(id).naptr_service == offered.naptr_service.value;
    }
    if (!is_known) {
        report.error(
            offered.naptr_service.at,
            rule::naptr_unknown,
            "no client knows this NAPTR service; use SIP+D2U, SIP+D2T or SIPS+D2T"
        );
    } else if (offered.naptr_service.value != words.naptr_service) {
        report.error(
            offered.naptr_service.at,
            rule::transport_mismatch,
            "transport " + std::string(words.text) + " has the NAPTR service " +
                std::string(words.naptr_service)
        );
    }
    if (offered.srv_prefix.value != words.srv_prefix) {
        report.error(
            offered.srv_prefix.at,
            rule::transport_mismatch,
            "transport " + std::string(words.text) + " has the SRV name " +
                std::string(words.srv_prefix)
        );
    }
    if (offered.port.value == 0) {
        report.error(
            offered.port.at, rule::port_zero, "no server listens at port 0; give 1 to 65535"
        );
    } else if (offered.port.value != words.usual_port) {
        report.warning(
            offered.port.at,
            rule::port_unusual,
            "clients without SRV use port " + std::to_string(words.usual_port) + " for " +
                std::string(words.text) + "; prefer it"
        );
    }
}

void check_transports(const topology& what, findings& report) {
    std::set<transport_id> ids;
    bool is_insecure_seen = false;
    for (const auto& offered : what.transports) {
        if (!ids.insert(offered.id.value).second) {
            report.error(
                offered.id.at, rule::name_twice, "the transport is listed twice; remove one"
            );
        }
        if (offered.id.value == transport_id::tls && is_insecure_seen) {
            report.warning(
                offered.id.at,
                rule::insecure_preferred,
                "clients prefer an unencrypted transport; list tls first"
            );
        }
        is_insecure_seen = is_insecure_seen || offered.id.value != transport_id::tls;
        check_transport(offered, report);
    }
    if (what.transports.empty()) {
        report.error({}, rule::unknown_transport, "'transports' is empty; list one at least");
    }
}

void check_services(const topology& what, findings& report) {
    std::set<dns_name> domains;
    for (const auto& domain : what.services) {
        if (!domain.domain.is_within(what.zone.name)) {
            report.error(
                domain.text.at,
                rule::outside_zone,
                domain.domain.to_text() + " is outside zone " + what.zone.name.to_text() +
                    "; give it a topology of its own"
            );
        }
        if (!domains.insert(domain.domain).second) {
            report.error(domain.text.at, rule::name_twice, "the domain is given twice; merge them");
        }
        std::set<transport_id> ids;
        for (const auto& id : domain.transports) {
            const bool is_offered = std::any_of(
                what.transports.begin(),
                what.transports.end(),
                [&](const transport& offered) { return offered.id.value == id.value; }
            );
            if (!is_offered) {
                report.error(
                    id.at,
                    rule::unknown_transport,
                    "transport " + std::string(words_of(id.value).text) +
                        " is not under 'transports'; add it there"
                );
            }
            if (!ids.insert(id.value).second) {
                report.error(id.at, rule::name_twice, "the transport is listed twice; remove one");
            }
        }
    }
}

void check_outputs(const topology& what, findings& report) {
    std::set<output_kind> kinds;
    for (const auto& wanted : what.outputs) {
        if (!kinds.insert(wanted.kind.value).second) {
            report.error(
                wanted.kind.at, rule::output_setting, "the kind is listed twice; remove one"
            );
        }
        if (wanted.kind.value == output_kind::knot && wanted.listen.empty()) {
            report.error(
                wanted.kind.at,
                rule::output_setting,
                "knot has nowhere to listen; add an address under 'listen'"
            );
        }
        const auto is_plain = [](char letter) {
            return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                   (letter >= '0' && letter <= '9') ||
                   std::string_view("._-/").find(letter) != std::string_view::npos;
        };
        if (!std::all_of(wanted.rundir.begin(), wanted.rundir.end(), is_plain)) {
            report.error(
                wanted.kind.at,
                rule::output_setting,
                "rundir has characters that a server's configuration could misread; use letters, "
                "digits and ._-/"
            );
        }
    }
}

}  // namespace

void check_zone(const topology& what, findings& report) {
    check_soa(what.zone, report);
    check_name_servers(what, report);
    check_hosts(what.zone, report);
    check_ttls(what.ttl, report);
    check_transports(what, report);
    check_services(what, report);
    check_outputs(what, report);
}

}  // namespace sipha::dnsgen
