#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include <sipha/resolver/options.hpp>

#include "resolver/src/dns_client.hpp"

/// The file in which a system names its DNS servers (resolv.conf(5)).
namespace sipha::resolver::detail {

/// Servers taken from a file, first ones first. The C library stops after three.
inline constexpr std::size_t max_system_servers = 8;
/// Octets of the file that are looked at.
inline constexpr std::size_t max_resolv_conf_bytes = std::size_t{64} * 1024;

struct resolv_conf {
    /// Never empty: without any usable line 127.0.0.1, as resolv.conf(5) says.
    std::vector<dns_server> servers;
    /// "options trust-ad": whoever runs this system vouches for the way to the servers.
    ad_trust trust = ad_trust::no;
    /// "nameserver" lines that hold no address, or are too many.
    std::size_t ignored_servers = 0;
};

/// Reads the text of the file; any text gives a result. Only "nameserver" (with "%zone" for
/// link-local addresses) and "options trust-ad" matter: "search" and "ndots" do not apply to the
/// full names of SIP, "timeout" and "attempts" are made for a client that waits for seconds, and
/// EDNS is always used.
resolv_conf parse_resolv_conf(std::string_view text);

}  // namespace sipha::resolver::detail
