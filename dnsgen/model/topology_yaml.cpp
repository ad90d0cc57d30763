#include "dnsgen/model/topology_yaml.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "dnsgen/check/rules.hpp"
#include "geo/yaml/inventory_yaml.hpp"
#include "geo/yaml/reader.hpp"

namespace sipha::dnsgen {

namespace {

using geo::yaml::object;
using geo::yaml::value;
using namespace std::chrono_literals;

constexpr std::size_t most_name_servers = 16;
constexpr std::size_t most_services = 50;
constexpr std::size_t most_outputs = 8;
// RFC 2181 section 8: a TTL is a 31-bit number.
constexpr std::chrono::seconds longest_ttl{0x7fffffff};

bool read_text(const value& from, located<std::string>& out) {
    out.at = from.at();
    return from.string(out.value);
}

/// A name relative to the zone, or absolute with a final dot.
bool read_name(
    const value& from, located<std::string>& text, dns_name& name, const dns_name& zone
) {
    if (!read_text(from, text)) {
        return false;
    }
    const auto parsed = dns_name::parse(text.value, zone);
    if (!parsed) {
        from.error(rule::name_syntax, bad_name_text(text.value));
        return false;
    }
    name = *parsed;
    return true;
}

void read_soa(const value& from, zone_settings& zone) {
    zone.soa_at = from.at();
    object o(from);
    read_text(o.required("mname"), zone.mname);
    read_text(o.required("rname"), zone.rname);
    o.optional("refresh").duration(zone.soa.refresh, 1s, longest_ttl);
    o.optional("retry").duration(zone.soa.retry, 1s, longest_ttl);
    o.optional("expire").duration(zone.soa.expire, 1s, longest_ttl);
    o.optional("minimum").duration(zone.soa.minimum, 0s, longest_ttl);
}

void read_zone(const value& from, zone_settings& zone) {
    object o(from);
    read_name(o.required("name"), zone.text, zone.name, dns_name());
    read_soa(o.required("soa"), zone);
    const auto ns = o.required("ns");
    zone.ns_at = ns.at();
    ns.list(
        [&](const value& item) {
            name_server server;
            if (read_name(item, server.text, server.name, zone.name)) {
                zone.ns.push_back(std::move(server));
            }
        },
        most_name_servers
    );
    o.optional("addresses").map([&](const value& name, const value& item) {
        host_addresses host;
        const bool is_named = read_name(name, host.text, host.name, zone.name);
        item.list([&](const value& address) {
            located<geo::ip_address> read{{}, address.at()};
            if (address.address(read.value)) {
                host.addresses.push_back(read);
            }
        });
        if (is_named) {
            zone.addresses.push_back(std::move(host));
        }
    });
}

void read_ttl(const value& from, ttl_settings& ttl) {
    object o(from);
    o.optional("default").duration(ttl.standard, 0s, longest_ttl);
    o.optional("naptr").duration(ttl.naptr, 0s, longest_ttl);
    o.optional("srv").duration(ttl.srv, 0s, longest_ttl);
    const auto address = o.optional("address");
    ttl.address.at = address.at();
    address.duration(ttl.address.value, 0s, longest_ttl);
    const auto geo = o.optional("geo");
    ttl.geo.at = geo.at();
    geo.duration(ttl.geo.value, 0s, longest_ttl);
}

void read_serial(const value& from, serial_settings& serial) {
    object o(from);
    o.required("policy").one_of(
        serial.policy, {{"fixed", serial_policy::fixed}, {"increment", serial_policy::increment}}
    );
    // 0 is a valid serial, but some servers take it as "none".
    if (serial.policy == serial_policy::fixed) {
        o.required("value").integer(serial.value, 1, 0xffffffff);
    } else {
        o.optional("start").integer(serial.value, 1, 0xffffffff);
    }
}

bool read_transport_id(const value& from, located<transport_id>& out) {
    out.at = from.at();
    return from.one_of(
        out.value,
        {{"udp", transport_id::udp}, {"tcp", transport_id::tcp}, {"tls", transport_id::tls}}
    );
}

void read_transports(const value& from, std::vector<transport>& out) {
    from.list([&](const value& item) {
        transport made;
        object o(item);
        if (!read_transport_id(o.required("id"), made.id)) {
            return;
        }
        const auto& words = words_of(made.id.value);
        made.naptr_service = {std::string(words.naptr_service), made.id.at};
        made.srv_prefix = {std::string(words.srv_prefix), made.id.at};
        made.port = {words.usual_port, made.id.at};
        if (const auto naptr = o.optional("naptr"); naptr.is_present()) {
            read_text(naptr, made.naptr_service);
        }
        if (const auto srv = o.optional("srv"); srv.is_present()) {
            read_text(srv, made.srv_prefix);
        }
        if (const auto port = o.optional("port"); port.is_present()) {
            made.port.at = port.at();
            port.integer(made.port.value, 0, 65535);
        }
        out.push_back(std::move(made));
    });
}

void read_services(const value& from, topology& out) {
    from.list(
        [&](const value& item) {
            service made;
            object o(item);
            const bool is_named =
                read_name(o.required("domain"), made.text, made.domain, dns_name());
            o.optional("transports").list([&](const value& word) {
                located<transport_id> id;
                if (read_transport_id(word, id)) {
                    made.transports.push_back(id);
                }
            });
            bool has_address = true;
            o.optional("apex_address").boolean(has_address);
            made.apex_address =
                has_address ? service::apex::with_address : service::apex::without_address;
            if (is_named) {
                out.services.push_back(std::move(made));
            }
        },
        most_services
    );
}

std::optional<listen_address> parse_listen(std::string_view text) {
    const auto split = text.find('@');
    const auto address = geo::ip_address::parse(text.substr(0, split));
    if (!address) {
        return std::nullopt;
    }
    listen_address result{*address};
    if (split == std::string_view::npos) {
        return result;
    }
    const auto port = text.substr(split + 1);
    const auto [end, problem] =
        std::from_chars(port.data(), port.data() + port.size(), result.port);
    const bool is_number =
        problem == std::errc{} && end == port.data() + port.size() && !port.starts_with('0');
    return is_number ? std::optional(result) : std::nullopt;
}

void read_outputs(const value& from, std::vector<output>& out) {
    from.list(
        [&](const value& item) {
            output made;
            object o(item);
            const auto kind = o.required("kind");
            made.kind.at = kind.at();
            kind.one_of(
                made.kind.value, {{"zones", output_kind::zones}, {"knot", output_kind::knot}}
            );
            if (made.kind.value == output_kind::knot) {
                o.required("listen").list([&](const value& place) {
                    listen_address address;
                    if (place.parsed(
                            address, parse_listen, "an address and port such as 127.0.0.53@5300"
                        )) {
                        made.listen.push_back(address);
                    }
                });
                o.optional("rundir").string(made.rundir);
            }
            out.push_back(std::move(made));
        },
        most_outputs
    );
}

void read_lint(const value& from, std::vector<allowed_rule>& out) {
    object o(from);
    o.optional("allow").list([&](const value& item) {
        allowed_rule made;
        object entry(item);
        read_text(entry.required("rule"), made.rule);
        entry.required("reason").string(made.reason);
        out.push_back(std::move(made));
    });
}

/// Without its own words, the zone itself is the one service, and a service has all transports.
void complete_services(topology& out) {
    if (out.services.empty()) {
        service whole;
        whole.text = out.zone.text;
        whole.domain = out.zone.name;
        out.services.push_back(std::move(whole));
    }
    for (auto& made : out.services) {
        if (made.transports.empty()) {
            for (const auto& offered : out.transports) {
                made.transports.push_back(offered.id);
            }
        }
    }
}

}  // namespace

topology read_topology(geo::yaml::document& document) {
    topology out;
    object o(document.root(), document.diag());
    std::uint32_t version = 0;
    o.required("version").integer(version, 1, 1);
    read_zone(o.required("zone"), out.zone);
    read_serial(o.required("serial"), out.serial);
    read_ttl(o.optional("ttl"), out.ttl);
    read_transports(o.required("transports"), out.transports);
    read_services(o.optional("services"), out);
    out.inventory = geo::yaml::read_inventory(o);
    read_outputs(o.required("outputs"), out.outputs);
    read_lint(o.optional("lint"), out.allowed);
    o.finish();
    complete_services(out);
    return out;
}

}  // namespace sipha::dnsgen
