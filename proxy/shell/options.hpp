#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sipha/geo/ip.hpp>

#include "proxy/cluster/node_id.hpp"
#include "proxy/shell/tls_options.hpp"
#include "proxy/sip/endpoint.hpp"
#include "proxy/sip/framer.hpp"
#include "proxy/sip/outbox.hpp"

/// What a worker listens on, and every limit of its sockets with its default.
namespace sipha::shell {

/// Whether a listener's address must be configured on this host when the worker starts.
enum class address_presence : std::uint8_t {
    required,
    /// The address may arrive later (a virtual address that a peer still holds): IP_FREEBIND.
    may_come_later,
};

/// One listening socket; its position in runtime_options::listeners is its sip::listener_id.
struct listener_options {
    sip::transport transport = sip::transport::udp;
    geo::ip_address ip;
    std::uint16_t port = 5060;  ///< 0 takes any free port (runtime::listener_port tells which)
    address_presence presence = address_presence::required;
    std::optional<tls_server_options> tls = std::nullopt;  ///< for tls and wss
    /// Values of Origin that may open a WebSocket; empty: all (RFC 6455 10.2).
    std::vector<std::string> origins = {};
    /// A bound socket of an earlier process to go on with, which is owned from then on; below 0:
    /// none.
    int inherited = -1;
};

/// An IP address and port of the cluster's links.
struct link_address {
    geo::ip_address ip;
    std::uint16_t port = 0;
};
/// Where a peer accepts links.
struct peer_address {
    cluster::node_id node;
    link_address where;
};

struct udp_limits {
    /// Longest datagram taken, in bytes; a longer one is counted and dropped.
    std::size_t max_datagram_bytes = 65536;
    /// Requested kernel receive buffer (SO_RCVBUF), in bytes; the kernel may grant less.
    int receive_buffer_bytes = 8 << 20;
    /// Datagrams kept while the kernel's send buffer is full, in bytes per socket
    /// (payload and datagram_backlog::entry_bytes each).
    std::size_t max_backlog_bytes = 1 << 20;
    /// STUN keepalives answered per socket and second (RFC 5626 8): enough for 100,000 phones that
    /// ask every 20 s at four times their mean rate.
    std::size_t max_stun_per_second = 20'000;
};

struct tcp_limits {
    /// Connections are numbered from the next one. The daemon gives its start time, so that a
    /// number kept from an earlier process (in a replicated binding, in a dialog's Route) never
    /// names a connection of this one.
    sip::flow_id flows_before = 0;
    std::size_t max_connections = 10'000;          ///< accepted and opened together
    std::size_t max_connections_per_source = 256;  ///< accepted from one IP address
    std::size_t max_write_queue_bytes = 1 << 20;   ///< per connection; beyond it is closed
    std::chrono::milliseconds connect_timeout{3000};
    /// A message must be complete this long after its first byte.
    std::chrono::milliseconds message_timeout{5000};
    /// A TLS or WebSocket handshake must be done this long after it began.
    std::chrono::milliseconds handshake_timeout{5000};
    std::size_t max_handshakes = 1000;  ///< of TLS, under way at once
    /// Without a byte in either direction for this long a connection is closed.
    std::chrono::milliseconds idle_timeout{120'000};
    /// How long an answer may still go out after the peer closed its side, and how long a
    /// connection that the machine closed waits for the peer's end of stream.
    std::chrono::milliseconds close_grace{1000};
    /// Accepting pauses this long, or until a connection closes, when descriptors run out.
    std::chrono::milliseconds accept_pause{100};
    sip::framer_limits framer;
};

struct mesh_limits {
    std::size_t max_links = 128;                  ///< accepted, dialled and being dialled
    std::size_t max_write_queue_bytes = 8 << 20;  ///< per link; beyond it is closed
    std::chrono::milliseconds dial_timeout{1000};
    /// How long a link that the machine closed may take to write what is queued.
    std::chrono::milliseconds close_grace{1000};
    std::chrono::milliseconds accept_pause{100};
};

struct runtime_options {
    std::vector<listener_options> listeners;
    std::optional<link_address> cluster;  ///< where peers' links are accepted
    int cluster_inherited = -1;           ///< as listener_options::inherited
    /// Whether datagrams are read from the start, or only after runtime::read_datagrams.
    enum class datagrams : std::uint8_t { at_start, later } reads = datagrams::at_start;
    std::vector<peer_address> peers;  ///< where link_action::dial goes
    udp_limits udp;
    tcp_limits tcp;
    tls_client_options tls_client;  ///< for connections that we open
    mesh_limits mesh;
    /// How long `stop` waits for bytes already queued.
    std::chrono::milliseconds stop_grace{1000};
};

}  // namespace sipha::shell
