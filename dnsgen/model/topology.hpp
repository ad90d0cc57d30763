#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sipha/geo/inventory.hpp>
#include "dnsgen/model/dns_name.hpp"

namespace sipha::dnsgen {

using geo::located;
using ttl_seconds = std::chrono::duration<std::uint32_t>;

/// The SIP transports that RFC 3263 section 4.1 names in NAPTR records.
enum class transport_id : std::uint8_t { udp, tcp, tls };

/// What DNS says about a transport.
struct transport_words {
    transport_id id;
    std::string_view text;
    std::string_view naptr_service;  ///< RFC 3263 section 4.1
    std::string_view srv_prefix;     ///< RFC 3263 section 4.1, RFC 2782
    std::uint16_t usual_port;        ///< RFC 3261 section 19.1.2
};

/// The words of each transport, in the order of the enumerators.
const transport_words& words_of(transport_id id);

struct transport {
    located<transport_id> id;
    /// As written; equal to the id's own word unless the file disagrees with itself.
    located<std::string> naptr_service;
    located<std::string> srv_prefix;
    located<std::uint16_t> port;
};

struct soa_timers {
    ttl_seconds refresh{3600};
    ttl_seconds retry{900};
    ttl_seconds expire{14 * 86400};
    ttl_seconds minimum{300};
};

struct name_server {
    located<std::string> text;
    dns_name name;
};

/// Addresses of a host in the zone that is not an edge, such as a name server.
struct host_addresses {
    located<std::string> text;
    dns_name name;
    std::vector<located<geo::ip_address>> addresses;
};

struct zone_settings {
    located<std::string> text;
    dns_name name;
    located<std::string> mname;
    located<std::string> rname;
    soa_timers soa;
    geo::text_position soa_at;
    geo::text_position ns_at;
    std::vector<name_server> ns;
    std::vector<host_addresses> addresses;
};

struct ttl_settings {
    ttl_seconds standard{300};  ///< SOA, NS and hosts of the zone section
    ttl_seconds naptr{3600};
    ttl_seconds srv{300};
    located<ttl_seconds> address{ttl_seconds(60), {}};
    /// Used for every record set that differs between regions.
    located<ttl_seconds> geo{ttl_seconds(60), {}};
};

enum class serial_policy : std::uint8_t { fixed, increment };

struct serial_settings {
    serial_policy policy = serial_policy::increment;
    /// The serial itself, or the first one when nothing was published before.
    std::uint32_t value = 1;
};

/// A SIP domain that is served.
struct service {
    located<std::string> text;
    dns_name domain;
    /// Whether the domain has addresses itself, for clients that do not know SRV records.
    enum class apex : bool { without_address, with_address } apex_address = apex::with_address;
    /// In order of preference.
    std::vector<located<transport_id>> transports;
};

enum class output_kind : std::uint8_t { zones, knot };

struct listen_address {
    geo::ip_address address;
    std::uint16_t port = 53;
};

struct output {
    located<output_kind> kind;
    std::vector<listen_address> listen;
    /// Where the server keeps its socket, PID and timers, relative to its working directory.
    std::string rundir = "run";
};

struct allowed_rule {
    located<std::string> rule;
    std::string reason;
};

/// Everything a topology file says.
struct topology {
    zone_settings zone;
    serial_settings serial;
    ttl_settings ttl;
    std::vector<transport> transports;
    std::vector<service> services;
    geo::inventory inventory;
    std::vector<output> outputs;
    std::vector<allowed_rule> allowed;
};

/// The name of an edge in the zone; nothing when its text is not a host name.
std::optional<dns_name> edge_name(const zone_settings& zone, const geo::edge& edge);

}  // namespace sipha::dnsgen
