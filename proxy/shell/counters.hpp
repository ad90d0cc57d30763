#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sipha::shell {

/// What the shell dropped, refused or closed, by reason, and how much it carried. Written on the
/// worker thread without locks: read it there (runtime::post) or after `run` returned.
struct counters {
    // Work done
    std::uint64_t machine_steps = 0;
    std::uint64_t machine_ticks = 0;  ///< steps because of time alone
    std::uint64_t udp_wakeups = 0;    ///< times a UDP socket was found ready to read
    std::uint64_t udp_received = 0;
    std::uint64_t udp_sent = 0;
    std::uint64_t udp_stun_answered = 0;  ///< keepalives (RFC 5626 8)
    std::uint64_t tcp_accepted = 0;
    std::uint64_t tcp_connected = 0;
    std::uint64_t tcp_received = 0;  ///< whole messages
    std::uint64_t tcp_sent = 0;      ///< messages queued for writing
    std::uint64_t tls_handshakes = 0;
    std::uint64_t tcp_pings = 0;  ///< CRLF CRLF answered (RFC 5626 4.4.1)
    std::uint64_t links_opened = 0;
    // Drops of datagrams
    std::uint64_t udp_dropped_oversize = 0;    ///< received, longer than the limit
    std::uint64_t udp_dropped_bad_source = 0;  ///< received from port 0 or an unknown family
    std::uint64_t udp_stun_ignored = 0;        ///< no request, malformed, or beyond the rate
    std::uint64_t udp_dropped_queue_full = 0;  ///< to send, the socket's backlog was full
    std::uint64_t udp_send_errors = 0;         ///< refused by the local stack
    std::uint64_t udp_icmp_errors = 0;         ///< refused or unreachable, learnt by ICMP
    // Messages that found no way out
    std::uint64_t send_no_such_listener = 0;
    std::uint64_t send_no_such_flow = 0;
    std::uint64_t send_connection_cap = 0;
    std::uint64_t send_connection_lost = 0;  ///< queued on a connection that closed
    // Connections refused or closed by us
    std::uint64_t tcp_refused_total_cap = 0;
    std::uint64_t tcp_refused_source_cap = 0;
    std::uint64_t tcp_closed_framing = 0;
    std::uint64_t tcp_closed_slow_message = 0;
    std::uint64_t tcp_closed_idle = 0;
    std::uint64_t tcp_closed_queue_full = 0;
    std::uint64_t tcp_closed_error = 0;  ///< reset or broken by the peer or the network
    std::uint64_t tcp_connect_failed = 0;
    std::uint64_t tcp_connect_timeout = 0;
    std::uint64_t tls_handshake_failed = 0;
    std::uint64_t tls_refused_handshake_cap = 0;
    std::uint64_t tcp_handshake_timeout = 0;  ///< of TLS or WebSocket
    std::uint64_t tcp_bytes_after_close = 0;  ///< bytes discarded on a connection being closed
    std::uint64_t accept_paused = 0;          ///< no descriptor or memory for another connection
    std::uint64_t accept_errors = 0;
    // Cluster links
    std::uint64_t links_refused_cap = 0;
    std::uint64_t links_dial_failed = 0;
    std::uint64_t links_closed_queue_full = 0;
    std::uint64_t links_closed_error = 0;
    std::uint64_t links_dropped_sends = 0;  ///< bytes for a link that does not exist
    // The worker and its management socket
    std::uint64_t inputs_dropped_stopping = 0;
    std::uint64_t admin_refused_cap = 0;
    std::uint64_t admin_line_too_long = 0;
    std::uint64_t admin_timeouts = 0;
};

/// A counter's stable name (the member's) and its place.
struct counter_field {
    std::string_view name;
    std::uint64_t counters::*value;
};
/// Every member of `counters`, in the order of declaration; for status pages and metrics.
std::span<const counter_field> counter_fields();

}  // namespace sipha::shell
