#include "dnsgen/plan/ranks.hpp"

#include <algorithm>
#include <utility>

namespace sipha::dnsgen {

std::vector<rank> edge_ranks(const geo::inventory& all, const geo::region& clients) {
    const auto sites = geo::site_order(all, clients);
    std::vector<rank> result;
    for (const auto wanted : {geo::service_state::up, geo::service_state::drain}) {
        for (const auto* where : sites) {
            rank edges;
            for (const auto& candidate : where->edges) {
                if (geo::effective_state(*where, candidate) == wanted) {
                    edges.push_back(&candidate);
                }
            }
            if (!edges.empty()) {
                result.push_back(std::move(edges));
            }
        }
    }
    return result;
}

bool offers(const geo::edge& edge, transport_id transport) {
    return edge.transports.empty() ||
           std::any_of(edge.transports.begin(), edge.transports.end(), [&](const auto& offered) {
               return offered.value == words_of(transport).text;
           });
}

std::uint16_t port_of(const geo::edge& edge, const transport& transport) {
    for (const auto& own : edge.ports) {
        if (own.transport == words_of(transport.id.value).text) {
            return own.port.value;
        }
    }
    return transport.port.value;
}

std::vector<rank> ranks_offering(const std::vector<rank>& ranks, transport_id transport) {
    std::vector<rank> result;
    for (const auto& all : ranks) {
        rank some;
        std::copy_if(all.begin(), all.end(), std::back_inserter(some), [&](const geo::edge* edge) {
            return offers(*edge, transport);
        });
        if (!some.empty()) {
            result.push_back(std::move(some));
        }
    }
    return result;
}

}  // namespace sipha::dnsgen
