#include "sipha/geo/inventory.hpp"

#include <algorithm>
#include <utility>

namespace sipha::geo {

const site* inventory::find_site(std::string_view name) const {
    const auto found = std::find_if(sites.begin(), sites.end(), [&](const site& candidate) {
        return candidate.name.value == name;
    });
    return found == sites.end() ? nullptr : &*found;
}

std::optional<std::size_t> inventory::find_region(std::string_view name) const {
    const auto found = std::find_if(regions.begin(), regions.end(), [&](const region& candidate) {
        return candidate.name.value == name;
    });
    if (found == regions.end()) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(found - regions.begin());
}

service_state effective_state(const site& where, const edge& what) {
    return std::max(where.state, what.state);
}

region_map make_region_map(const inventory& all) {
    std::vector<region_map::entry> claims;
    for (std::size_t index = 0; index < all.regions.size(); ++index) {
        for (const auto& prefix : all.regions[index].prefixes) {
            claims.push_back({prefix.value, static_cast<region_map::region_index>(index)});
        }
    }
    const auto fallback = all.find_region(all.default_region.value).value_or(0);
    return {claims, static_cast<region_map::region_index>(fallback)};
}

std::vector<const site*> site_order(const inventory& all, const region& clients) {
    std::vector<const site*> result;
    if (!clients.order.empty()) {
        for (const auto& name : clients.order) {
            const auto* found = all.find_site(name.value);
            if (found != nullptr &&
                std::find(result.begin(), result.end(), found) == result.end()) {
                result.push_back(found);
            }
        }
        return result;
    }
    if (!clients.location) {
        return result;
    }
    std::vector<std::pair<double, const site*>> by_distance;
    for (const auto& candidate : all.sites) {
        if (candidate.location) {
            const auto distance = distance_km(clients.location->value, candidate.location->value);
            by_distance.emplace_back(distance, &candidate);
        }
    }
    std::sort(by_distance.begin(), by_distance.end(), [](const auto& left, const auto& right) {
        return left.first != right.first ? left.first < right.first
                                         : left.second->name.value < right.second->name.value;
    });
    for (const auto& [distance, where] : by_distance) {
        result.push_back(where);
    }
    return result;
}

}  // namespace sipha::geo
