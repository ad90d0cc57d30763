#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "dnsgen/check/check.hpp"
#include "dnsgen/check/findings.hpp"
#include "dnsgen/plan/ranks.hpp"

namespace sipha::dnsgen {

namespace {

using geo::ip_prefix;
using geo::region;

void check_names(const topology& what, findings& report) {
    for (const auto& clients : what.inventory.regions) {
        // A region's name becomes a file name, so it must be one harmless label.
        const auto name = dns_name::parse_absolute(clients.name.value);
        const auto text = clients.name.value + ".";
        if (!name || name->label_count() != 1 || name->to_text() != text) {
            report.error(
                clients.name.at,
                rule::name_syntax,
                "'" + geo::yaml::printable(clients.name.value) +
                    "' is not a region name; use lower-case letters, digits, '-' and '_'"
            );
        }
    }
    const auto& fallback = what.inventory.default_region;
    if (fallback.value.empty()) {
        report.error(
            {},
            rule::default_missing,
            "clients outside every prefix have no region; add 'default_region: NAME'"
        );
    } else if (!what.inventory.find_region(fallback.value)) {
        report.error(
            fallback.at,
            rule::default_missing,
            "'" + geo::yaml::printable(fallback.value) +
                "' is not under 'regions'; name one of them"
        );
    }
}

void check_prefixes(const topology& what, findings& report) {
    struct claim {
        std::string region;
        std::size_t index;
    };
    std::map<ip_prefix, claim> claims;
    const auto& regions = what.inventory.regions;
    for (std::size_t index = 0; index < regions.size(); ++index) {
        for (const auto& prefix : regions[index].prefixes) {
            const claim made{regions[index].name.value, index};
            const auto [first, is_new] = claims.emplace(prefix.value, made);
            if (!is_new) {
                report.error(
                    prefix.at,
                    rule::prefix_twice,
                    prefix.value.to_string() + " is already in region '" +
                        geo::yaml::printable(first->second.region) + "'; keep it in one place"
                );
            }
        }
    }
    // In sorted order a prefix follows everything that contains it.
    std::vector<std::pair<ip_prefix, std::size_t>> outer;
    std::map<ip_prefix, bool> is_redundant;
    for (const auto& [prefix, made] : claims) {
        while (!outer.empty() && !outer.back().first.contains(prefix.network())) {
            outer.pop_back();
        }
        is_redundant[prefix] = !outer.empty() && outer.back().second == made.index;
        outer.emplace_back(prefix, made.index);
    }
    for (const auto& clients : regions) {
        for (const auto& prefix : clients.prefixes) {
            if (is_redundant[prefix.value]) {
                report.warning(
                    prefix.at,
                    rule::same_answer_twice,
                    prefix.value.to_string() + " lies in a wider prefix of this region; remove it"
                );
            }
        }
    }
}

void check_order(const topology& what, const region& clients, findings& report) {
    std::set<std::string> seen;
    for (const auto& name : clients.order) {
        if (what.inventory.find_site(name.value) == nullptr) {
            std::vector<std::string_view> known;
            for (const auto& where : what.inventory.sites) {
                known.emplace_back(where.name.value);
            }
            const auto near = geo::yaml::near_match(name.value, known);
            report.error(
                name.at,
                rule::bad_order,
                "'" + geo::yaml::printable(name.value) + "' is not under 'sites'" +
                    (near.empty() ? std::string("; correct the name")
                                  : "; did you mean '" + std::string(near) + "'?")
            );
        } else if (!seen.insert(name.value).second) {
            report.error(
                name.at,
                rule::bad_order,
                "'" + geo::yaml::printable(name.value) + "' is in the order twice; remove one"
            );
        }
    }
    const bool is_automatic = clients.order.empty();
    for (const auto& where : what.inventory.sites) {
        if (is_automatic && clients.location && !where.location) {
            report.error(
                where.name.at,
                rule::bad_order,
                "region '" + geo::yaml::printable(clients.name.value) +
                    "' orders sites by distance; give this one a location"
            );
        }
    }
}

void check_nearest(const topology& what, const region& clients, findings& report) {
    if (clients.order.empty() || !clients.location) {
        return;
    }
    const auto* first = what.inventory.find_site(clients.order.front().value);
    region automatic = clients;
    automatic.order.clear();
    const auto by_distance = geo::site_order(what.inventory, automatic);
    if (first != nullptr && first->location && !by_distance.empty() &&
        by_distance.front() != first) {
        report.warning(
            clients.order.front().at,
            rule::nearest_not_first,
            "site '" + by_distance.front()->name.value + "' is nearer to this region's location"
        );
    }
}

ip_prefix network_of(const geo::ip_address& address) {
    std::array<std::uint8_t, 16> bytes{};
    const auto kept = address.is_v4() ? std::size_t{3} : std::size_t{6};
    std::copy_n(address.bytes().begin(), kept, bytes.begin());
    const auto network = address.is_v4() ? geo::ip_address::v4(std::span(bytes).first<4>())
                                         : geo::ip_address::v6(std::span(bytes).first<16>());
    return *ip_prefix::make(network, static_cast<unsigned>(8 * kept));
}

/// Whether two or more edges of a family all lie in one /24 or /48.
bool is_one_network(const std::vector<rank>& ranks) {
    std::size_t addresses[2] = {0, 0};
    std::set<ip_prefix> networks[2];
    for (const auto& edges : ranks) {
        for (const auto* edge : edges) {
            for (const auto& address : {edge->v4, edge->v6}) {
                if (address) {
                    const auto family = address->value.is_v4() ? 0U : 1U;
                    ++addresses[family];
                    networks[family].insert(network_of(address->value));
                }
            }
        }
    }
    return (addresses[0] > 1 && networks[0].size() == 1) ||
           (addresses[1] > 1 && networks[1].size() == 1);
}

std::size_t count_edges(const std::vector<rank>& ranks) {
    std::size_t result = 0;
    for (const auto& edges : ranks) {
        result += edges.size();
    }
    return result;
}

void check_answers(const topology& what, const region& clients, findings& report) {
    const auto name = "region '" + geo::yaml::printable(clients.name.value) + "'";
    const auto ranks = edge_ranks(what.inventory, clients);
    for (const auto& offered : what.transports) {
        const auto some = ranks_offering(ranks, offered.id.value);
        const std::string word(words_of(offered.id.value).text);
        if (some.empty()) {
            report.error(
                clients.name.at,
                rule::region_without_target,
                name + " has no live edge for " + word + "; set one up, or add a site to its order"
            );
        }
        if (count_edges(some) > most_srv_targets) {
            report.warning(
                clients.name.at,
                rule::too_many_targets,
                name + " gets " + std::to_string(count_edges(some)) + " SRV targets for " + word +
                    "; common clients keep 8, so name fewer sites in its order"
            );
        }
    }
    std::set<const geo::site*> live;
    for (const auto* where : geo::site_order(what.inventory, clients)) {
        for (const auto& edge : where->edges) {
            if (geo::effective_state(*where, edge) != geo::service_state::down) {
                live.insert(where);
            }
        }
    }
    if (live.size() == 1) {
        report.warning(
            clients.name.at,
            rule::single_site,
            name + " has one live site; when that fails its clients have nowhere to go"
        );
    }
    if (is_one_network(ranks)) {
        report.warning(
            clients.name.at,
            rule::one_network,
            name + " has all its targets in one /24 or /48; one route lost takes them all"
        );
    }
}

/// A family at the domain itself in one region only would leave the others with an answer for
/// another region's clients, because servers overlay the regions on one zone.
void check_families(const topology& what, findings& report) {
    for (const auto family : {&geo::edge::v4, &geo::edge::v6}) {
        std::vector<const region*> without;
        for (const auto& clients : what.inventory.regions) {
            const auto ranks = edge_ranks(what.inventory, clients);
            const bool has_family = std::any_of(ranks.begin(), ranks.end(), [&](const rank& edges) {
                return std::any_of(edges.begin(), edges.end(), [&](const geo::edge* edge) {
                    return (edge->*family).has_value();
                });
            });
            if (!has_family) {
                without.push_back(&clients);
            }
        }
        if (without.size() == what.inventory.regions.size()) {
            continue;
        }
        for (const auto* clients : without) {
            report.error(
                clients->name.at,
                rule::types_differ,
                "region '" + geo::yaml::printable(clients->name.value) + "' has no " +
                    (family == &geo::edge::v4 ? "IPv4" : "IPv6") +
                    " edge while others have; add a site with one to its order"
            );
        }
    }
}

void check_unused_sites(const topology& what, findings& report) {
    std::set<const geo::site*> used;
    for (const auto& clients : what.inventory.regions) {
        for (const auto* where : geo::site_order(what.inventory, clients)) {
            used.insert(where);
        }
    }
    for (const auto& where : what.inventory.sites) {
        if (!used.contains(&where)) {
            report.warning(
                where.name.at,
                rule::unused_site,
                "no region uses this site; add it to an order or remove it"
            );
        }
    }
}

}  // namespace

void check_regions(const topology& what, findings& report) {
    check_names(what, report);
    check_prefixes(what, report);
    for (const auto& clients : what.inventory.regions) {
        check_order(what, clients, report);
        check_nearest(what, clients, report);
        check_answers(what, clients, report);
    }
    check_families(what, report);
    check_unused_sites(what, report);
}

}  // namespace sipha::dnsgen
