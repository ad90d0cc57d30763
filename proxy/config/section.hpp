#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sipha/geo/ip.hpp>

#include "geo/yaml/reader.hpp"
#include "proxy/config/config.hpp"
#include "proxy/sip/endpoint.hpp"

/// What the files read_<section>.cpp share. Each reads the keys of one part of the file into
/// daemon_options and reports every mistake; config.cpp calls them all.
namespace sipha::config {

using geo::yaml::object;
using geo::yaml::value;

/// Rule ids of the proxy's configuration, beside those of the reader.
namespace rule {
inline constexpr std::string_view address = "P001";
inline constexpr std::string_view domain = "P002";
inline constexpr std::string_view duplicate = "P003";
inline constexpr std::string_view order = "P004";
inline constexpr std::string_view uri = "P005";
inline constexpr std::string_view cluster = "P006";
inline constexpr std::string_view empty = "P007";
inline constexpr std::string_view users = "P008";
inline constexpr std::string_view admin = "P009";
inline constexpr std::string_view tls = "P011";
inline constexpr std::string_view routing = "P020";
}  // namespace rule

/// "192.0.2.1:5060" or "[2001:db8::1]:5060"; without brackets nobody can tell where an IPv6 address
/// ends and the port begins.
std::optional<socket_address> parse_socket(std::string_view text);
inline constexpr std::string_view socket_form = "an address and port such as 192.0.2.1:5060";

/// What this proxy can listen on and send over.
bool is_spoken(sip::transport transport);

/// "udp:192.0.2.1:5060".
std::optional<sip::endpoint> parse_endpoint(std::string_view text);

/// Reports an address that does not name one host; `complaint` says why that is wrong here.
void require_single(const value& at, const geo::ip_address& ip, std::string_view complaint);

/// Reports a list without items; `remedy` says what to add.
void refuse_empty(const value& at, std::string_view remedy);

/// Reads a list of networks.
void read_prefixes(const value& list, std::vector<geo::ip_prefix>& out);

/// Reads a sip: URI of an upstream server into `text`.
/// @returns false when it is not one that can be sent to.
bool read_upstream_uri(const value& item, std::string& text);
/// The parts of read_calls that have a list of their own. Rules name groups, so they come after.
void read_groups(const value& list, daemon_options& out);
void read_routing(const value& list, daemon_options& out);

/// @name Sections
/// @param root the whole file; each takes its own keys.
/// @{
void read_node(object& root, daemon_options& out);
void read_domains(object& root, daemon_options& out);
void read_listen(object& root, daemon_options& out);
void read_tls_client(object& root, daemon_options& out);
void read_registrar(object& root, daemon_options& out);
void read_auth(object& root, daemon_options& out);
void read_guard(object& root, daemon_options& out);
void read_calls(object& root, daemon_options& out);
void read_keepalive(object& root, daemon_options& out);
void read_dns(object& root, daemon_options& out);
void read_cluster(object& root, daemon_options& out);
void read_admin(object& root, daemon_options& out);
void read_limits(object& root, daemon_options& out);
void read_log(object& root, daemon_options& out);
void read_operation(object& root, daemon_options& out);
/// @}

}  // namespace sipha::config
