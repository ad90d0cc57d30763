#include "dnsgen/plan/derive.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "dnsgen/plan/ranks.hpp"
#include "dnsgen/plan/weights.hpp"

namespace sipha::dnsgen {

namespace {

using set_key = std::pair<dns_name, record_type>;

/// Collects the record sets of one region.
class region_builder {
  public:
    region_builder(const topology& from, const geo::region& clients)
        : from_(from), ranks_(edge_ranks(from.inventory, clients)) {
        result_.region = clients.name.value;
    }

    region_zone build(std::uint32_t serial) && {
        add_zone_records(serial);
        for (const auto& domain : from_.services) {
            add_service(domain);
        }
        for (const auto& where : from_.inventory.sites) {
            for (const auto& edge : where.edges) {
                add_edge(edge);
            }
        }
        for (auto& [key, set] : sets_) {
            result_.sets.push_back(std::move(set));
        }
        // Zone files begin with the SOA record; the rest is in canonical order already.
        std::stable_partition(result_.sets.begin(), result_.sets.end(), [](const auto& set) {
            return set.type == record_type::soa;
        });
        return std::move(result_);
    }

  private:
    void add(const dns_name& owner, record_type type, ttl_seconds ttl, rdata record) {
        auto& set = sets_[{owner, type}];
        set.owner = owner;
        set.type = type;
        set.ttl = ttl;
        if (std::find(set.records.begin(), set.records.end(), record) == set.records.end()) {
            set.records.push_back(std::move(record));
        }
    }

    void add_address(const dns_name& owner, const geo::ip_address& address, ttl_seconds ttl) {
        add(owner, address.is_v4() ? record_type::a : record_type::aaaa, ttl, address);
    }

    void add_zone_records(std::uint32_t serial) {
        const auto& zone = from_.zone;
        soa_rdata soa;
        soa.mname = dns_name::parse(zone.mname.value, zone.name).value_or(zone.name);
        soa.rname = dns_name::parse(zone.rname.value, zone.name).value_or(zone.name);
        soa.serial = serial;
        soa.timers = zone.soa;
        add(zone.name, record_type::soa, from_.ttl.standard, soa);
        for (const auto& server : zone.ns) {
            add(zone.name, record_type::ns, from_.ttl.standard, server.name);
        }
        for (const auto& host : zone.addresses) {
            for (const auto& address : host.addresses) {
                add_address(host.name, address.value, from_.ttl.standard);
            }
        }
    }

    void add_edge(const geo::edge& edge) {
        const auto name = edge_name(from_.zone, edge);
        for (const auto& address : {edge.v4, edge.v6}) {
            if (name && address) {
                add_address(*name, address->value, from_.ttl.address.value);
            }
        }
    }

    void add_service(const service& domain) {
        std::uint16_t order = 0;
        for (const auto& id : domain.transports) {
            const auto offered = std::find_if(
                from_.transports.begin(),
                from_.transports.end(),
                [&](const transport& candidate) { return candidate.id.value == id.value; }
            );
            if (offered == from_.transports.end()) {
                continue;
            }
            order = static_cast<std::uint16_t>(order + order_step);
            add_transport(domain, *offered, order);
        }
        if (domain.apex_address == service::apex::with_address) {
            add_apex(domain, &geo::edge::v4);
            add_apex(domain, &geo::edge::v6);
        }
    }

    void add_transport(const service& domain, const transport& offered, std::uint16_t order) {
        const auto owner = dns_name::parse(offered.srv_prefix.value, domain.domain);
        if (!owner) {
            return;
        }
        // RFC 3263 section 4.1: flag "s", an empty regexp, and the SRV name as the replacement.
        add(domain.domain,
            record_type::naptr,
            from_.ttl.naptr,
            naptr_rdata{order, naptr_preference, "s", offered.naptr_service.value, "", *owner});
        std::uint16_t priority = 0;
        for (const auto& edges : ranks_offering(ranks_, offered.id.value)) {
            priority = static_cast<std::uint16_t>(priority + order_step);
            std::vector<std::uint32_t> wanted;
            for (const auto* edge : edges) {
                wanted.push_back(edge->weight.value);
            }
            const auto weights = srv_weights(wanted);
            for (std::size_t index = 0; index < edges.size(); ++index) {
                const auto target = edge_name(from_.zone, *edges[index]);
                if (target) {
                    const auto port = port_of(*edges[index], offered);
                    const srv_rdata record{priority, weights[index], port, *target};
                    add(*owner, record_type::srv, from_.ttl.srv, record);
                }
            }
        }
    }

    /// The addresses of the best rank that has the family: so every region has the same types, as
    /// servers that overlay regions on one zone need.
    void add_apex(
        const service& domain, std::optional<located<geo::ip_address>> geo::edge::*family
    ) {
        for (const auto& edges : ranks_) {
            bool is_found = false;
            for (const auto* edge : edges) {
                if (edge->*family) {
                    add_address(domain.domain, (edge->*family)->value, from_.ttl.address.value);
                    is_found = true;
                }
            }
            if (is_found) {
                return;
            }
        }
    }

    const topology& from_;
    std::vector<rank> ranks_;
    std::map<set_key, record_set> sets_;
    region_zone result_;
};

/// The owners and types whose sets are not equal in all regions, sorted.
std::vector<set_key> differing_sets(const std::vector<region_zone>& regions) {
    std::vector<set_key> result;
    const auto collect = [&](const region_zone& left, const region_zone& right) {
        for (const auto& set : left.sets) {
            const auto* other = right.find(set.owner, set.type);
            if (other == nullptr || *other != set) {
                result.emplace_back(set.owner, set.type);
            }
        }
    };
    for (const auto& zone : regions) {
        collect(regions.front(), zone);
        collect(zone, regions.front());
    }
    std::sort(result.begin(), result.end());
    result.erase(std::unique(result.begin(), result.end()), result.end());
    return result;
}

void mark_differences(std::vector<region_zone>& regions, ttl_seconds geo_ttl) {
    const auto differing = differing_sets(regions);
    for (auto& zone : regions) {
        for (auto& set : zone.sets) {
            if (std::binary_search(
                    differing.begin(), differing.end(), set_key(set.owner, set.type)
                )) {
                set.scope = answer_scope::by_region;
                set.ttl = geo_ttl;
            }
        }
    }
}

}  // namespace

const record_set* region_zone::find(const dns_name& owner, record_type type) const {
    const set_key key(owner, type);
    const auto is_before = [](const record_set& set, const set_key& wanted) {
        return set_key(set.owner, set.type) < wanted;
    };
    // The SOA set stands before the sorted rest.
    auto found = sets.begin();
    if (type != record_type::soa && !sets.empty()) {
        found = std::lower_bound(sets.begin() + 1, sets.end(), key, is_before);
    }
    const bool is_there = found != sets.end() && found->owner == owner && found->type == type;
    return is_there ? &*found : nullptr;
}

zone_plan derive(const topology& from, std::uint32_t serial) {
    zone_plan result{from.zone.name, {}, 0, geo::make_region_map(from.inventory)};
    for (const auto& clients : from.inventory.regions) {
        result.regions.push_back(region_builder(from, clients).build(serial));
    }
    mark_differences(result.regions, from.ttl.geo.value);
    result.default_region =
        from.inventory.find_region(from.inventory.default_region.value).value_or(0);
    return result;
}

}  // namespace sipha::dnsgen
