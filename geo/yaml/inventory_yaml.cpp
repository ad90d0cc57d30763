#include "geo/yaml/inventory_yaml.hpp"

#include <algorithm>
#include <utility>

namespace sipha::geo::yaml {

namespace {

constexpr std::size_t longest_name = 63;

bool read_name(const value& from, located<std::string>& out) {
    out.at = from.at();
    return from.string(out.value, longest_name);
}

void read_names(const value& from, std::vector<located<std::string>>& out) {
    from.list([&](const value& item) {
        located<std::string> name;
        if (read_name(item, name)) {
            out.push_back(std::move(name));
        }
    });
}

service_state read_state(const value& from) {
    auto state = service_state::up;
    from.one_of(
        state,
        {{"up", service_state::up}, {"drain", service_state::drain}, {"down", service_state::down}}
    );
    return state;
}

std::optional<located<coordinates>> read_location(const value& from) {
    std::vector<double> degrees;
    std::size_t items = 0;
    const bool is_list = from.list([&](const value& item) {
        double number = 0;
        const double most = items++ == 0 ? 90 : 180;
        if (item.real(number, -most, most, rule::location)) {
            degrees.push_back(number);
        }
    });
    if (!is_list) {
        return std::nullopt;
    }
    if (items != 2) {
        from.error(rule::location, "needs latitude and longitude; write it as [52.37, 4.90]");
        return std::nullopt;
    }
    if (degrees.size() != 2) {
        return std::nullopt;
    }
    const coordinates point{degrees[0], degrees[1]};
    if (point.latitude_deg == 0 && point.longitude_deg == 0) {
        from.error(rule::location, "0, 0 lies in the sea; give the real place");
        return std::nullopt;
    }
    return located<coordinates>{point, from.at()};
}

std::optional<located<ip_address>> read_address(const value& from, ip_family family) {
    located<ip_address> result{{}, from.at()};
    if (!from.address(result.value)) {
        return std::nullopt;
    }
    if (result.value.family() != family) {
        from.error(
            rule::form,
            family == ip_family::v4 ? "is not an IPv4 address; write it under 'v6'"
                                    : "is not an IPv6 address; write it under 'v4'"
        );
        return std::nullopt;
    }
    return result;
}

edge read_edge(const value& name, const value& from) {
    edge out;
    read_name(name, out.name);
    object o(from);
    out.v4 = read_address(o.optional("v4"), ip_family::v4);
    out.v6 = read_address(o.optional("v6"), ip_family::v6);
    const auto weight = o.optional("weight");
    out.weight.at = weight.at();
    weight.integer(out.weight.value, 0, max_edge_weight);
    out.state = read_state(o.optional("state"));
    o.optional("ports").map([&](const value& transport, const value& port) {
        port_override made;
        made.port.at = port.at();
        if (transport.string(made.transport, longest_name) &&
            port.integer(made.port.value, 0, 65535)) {
            out.ports.push_back(std::move(made));
        }
    });
    read_names(o.optional("transports"), out.transports);
    return out;
}

site read_site(const value& name, const value& from) {
    site out;
    read_name(name, out.name);
    object o(from);
    out.location = read_location(o.optional("location"));
    out.state = read_state(o.optional("state"));
    o.required("nodes").map(
        [&](const value& edge_name, const value& item) {
            out.edges.push_back(read_edge(edge_name, item));
        },
        max_edges_per_site
    );
    return out;
}

void read_order(const value& from, std::vector<located<std::string>>& out) {
    if (from.source().type() == kind::scalar) {
        // The other form of the value is a list; the word says that there is none.
        enum class automatic { yes };
        auto ignored = automatic::yes;
        from.one_of(ignored, {{"auto", automatic::yes}});
        return;
    }
    read_names(from, out);
    if (from.source().type() == kind::sequence && from.source().size() == 0) {
        from.error(rule::form, "is an empty list; name the sites or write 'auto'");
    }
}

region read_region(const value& name, const value& from) {
    region out;
    read_name(name, out.name);
    object o(from);
    object match(o.optional("match"));
    match.optional("prefixes")
        .list(
            [&](const value& item) {
                located<ip_prefix> prefix{{}, item.at()};
                if (item.prefix(prefix.value)) {
                    out.prefixes.push_back(prefix);
                }
            },
            max_prefixes_per_region
        );
    out.location = read_location(o.optional("location"));
    const auto order = o.optional("order");
    read_order(order, out.order);
    const bool is_automatic = !order.is_present() || order.source().text() == "auto";
    if (is_automatic && from.source().type() == kind::mapping &&
        !from.source().has_key("location")) {
        from.error(
            rule::missing_key,
            "order by distance needs a point; add 'location: [LAT, LON]' or an order of sites"
        );
    }
    return out;
}

}  // namespace

inventory read_inventory(object& root) {
    inventory out;
    root.required("sites").map(
        [&](const value& name, const value& item) { out.sites.push_back(read_site(name, item)); },
        max_sites
    );
    root.required("regions").map(
        [&](const value& name, const value& item) {
            out.regions.push_back(read_region(name, item));
        },
        max_regions
    );
    read_name(root.optional("default_region"), out.default_region);
    return out;
}

}  // namespace sipha::geo::yaml
