#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sipha/geo/ip.hpp>
#include <sipha/geo/text_position.hpp>

#include "geo/yaml/diagnostics.hpp"
#include "proxy/cluster/node_id.hpp"
#include "proxy/config/changes.hpp"
#include "proxy/node/effects.hpp"
#include "proxy/node/options.hpp"

namespace sipha::config {

/// An IP address and port as written in the configuration.
struct socket_address {
    geo::ip_address ip;
    std::uint16_t port = 0;
};

struct cluster_peer {
    cluster::node_id id;
    socket_address link;  ///< where it accepts links of the mesh
};

/// PEM files of a certificate and its key, relative to the working directory of the process.
struct certificate_files {
    std::string certificate;
    std::string key;
};

/// What a listener has beside its address.
struct listener_layers {
    enum class verification : std::uint8_t { none, optional, required };
    struct named {
        std::string name;
        certificate_files files;
    };
    bool has_tls = false;
    certificate_files identity;
    std::vector<named> sni;
    std::string ca;
    verification verify_client = verification::none;
    std::vector<std::string> origins;  ///< that may open a WebSocket; empty: all
};

/// The TLS connections that the proxy opens.
struct tls_client {
    std::string ca;  ///< empty: the CAs of the system
    certificate_files identity;
};

/// Limits of sockets; the node's own limits are in node_options.
struct connection_limits {
    std::size_t total = 10'000;
    std::size_t per_source = 256;
};

/// How the process is run.
struct operation_options {
    /// After SIGTERM: how long requests under way may take to end.
    std::chrono::milliseconds stop_grace{5'000};
    /// `sipha-ctl drain` without a time: over how long the connections of phones are closed.
    std::chrono::seconds drain_spread{30};
};

/// The HTTP server for people and monitoring; only on loopback, because it does not encrypt.
struct http_options {
    socket_address listen;
    geo::located<std::string> token_file;  ///< relative to the configuration file; empty: none
    std::string token;                     ///< what it holds
};

/// How log lines look and where they go.
struct log_options {
    enum class form : std::uint8_t { text, json } format = form::text;
    std::string file;  ///< empty: standard error
};

/// Everything `sipha-proxy` reads from its configuration file.
struct daemon_options {
    proxy::node_options node;
    std::optional<socket_address> cluster_listen;
    std::vector<cluster_peer> peers;
    geo::located<std::string> secret_file;  ///< relative to the configuration file; empty: none
    geo::located<std::string> previous_secret_file;  ///< the same
    geo::located<std::string> users_file;            ///< likewise; empty: no authentication
    std::string admin_socket;                        ///< path; empty: none
    std::vector<socket_address> dns_servers;         ///< empty: those of the system
    connection_limits connections;
    std::vector<listener_layers> layers;  ///< one for each of node.listeners
    tls_client tls;
    proxy::log_level log_level = proxy::log_level::info;
    log_options log;
    operation_options operation;
    std::optional<http_options> http;
};

/// A configuration that was read, and everything there is to say about it.
struct loaded {
    std::optional<daemon_options> options;  ///< nothing when `diag` has an error
    geo::yaml::diagnostics diag;
    bool was_read = true;  ///< false when the file could not be read at all
    key_values values;     ///< what the file says, for comparison with another
};

/// Reads a configuration text; every mistake is reported, all at once.
/// @param file_name printed in the messages.
loaded parse(std::string_view text, std::string file_name);

/// The same for a file, and reads the cluster's secrets too: files that only their owner may read,
/// with min_secret_bytes to max_secret_bytes and perhaps a line end; and the users file.
loaded load(const std::string& path);

inline constexpr std::size_t min_secret_bytes = 16;
inline constexpr std::size_t max_secret_bytes = 4096;

}  // namespace sipha::config
