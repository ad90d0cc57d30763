#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sipha/geo/coordinates.hpp>
#include <sipha/geo/ip.hpp>
#include <sipha/geo/region_map.hpp>
#include <sipha/geo/text_position.hpp>

namespace sipha::geo {

/// What an operator wants of a site or edge.
enum class service_state : std::uint8_t {
    up,     ///< takes part
    drain,  ///< last resort: existing calls go on, new ones go elsewhere
    down,   ///< not offered at all
};

/// A port that differs from the transport's usual one.
struct port_override {
    std::string transport;
    located<std::uint16_t> port;
};

/// One edge server: a name of its own and the addresses it is reached at.
struct edge {
    located<std::string> name;
    std::optional<located<ip_address>> v4;
    std::optional<located<ip_address>> v6;
    /// Share of its site's new traffic, relative to the other edges there.
    located<std::uint32_t> weight{100, {}};
    service_state state = service_state::up;
    std::vector<port_override> ports;
    /// The transports it offers; empty means all.
    std::vector<located<std::string>> transports;
};

/// A place with edges that fail together.
struct site {
    located<std::string> name;
    std::optional<located<coordinates>> location;
    service_state state = service_state::up;
    std::vector<edge> edges;
};

/// A group of clients by address, and the order in which it shall try the sites.
struct region {
    located<std::string> name;
    std::vector<located<ip_prefix>> prefixes;
    /// Representative point of the clients, for ordering by distance.
    std::optional<located<coordinates>> location;
    /// Explicit order of site names; empty means by distance from `location`.
    std::vector<located<std::string>> order;
};

/// Everything that exists, in file order.
struct inventory {
    std::vector<site> sites;
    std::vector<region> regions;
    located<std::string> default_region;

    const site* find_site(std::string_view name) const;
    /// Index in `regions`, if there is such a region.
    std::optional<std::size_t> find_region(std::string_view name) const;
};

/// The worse of the edge's state and its site's.
service_state effective_state(const site& where, const edge& what);

/// The addresses of the regions; the index is the place in `inventory::regions`.
/// @param all whose default region exists.
region_map make_region_map(const inventory& all);

/// Sites in the order in which a region's clients shall try them: the explicit order, else by
/// distance, sites at one distance by name. Sites without a location, and unknown names, are left
/// out.
std::vector<const site*> site_order(const inventory& all, const region& clients);

}  // namespace sipha::geo
