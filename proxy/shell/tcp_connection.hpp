#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "proxy/shell/byte_queue.hpp"
#include "proxy/shell/byte_stream.hpp"
#include "proxy/shell/counters.hpp"
#include "proxy/shell/inbox.hpp"
#include "proxy/shell/options.hpp"
#include "proxy/shell/recent_sends.hpp"
#include "proxy/sip/stream_codec.hpp"

namespace sipha::shell {

class tcp_connection;

/// What a connection needs of the transport that owns it.
class tcp_host {
  public:
    inbox& events;
    counters& counts;
    const tcp_limits& limits;
    std::span<char> read_buffer;  ///< one for all connections: a read is consumed at once
    std::size_t handshakes = 0;   ///< TLS handshakes under way

    /// The connection's deadline may have come nearer.
    virtual void arm(tcp_connection& connection) = 0;
    /// The connection has bytes to write at the end of this step.
    virtual void mark_unflushed(tcp_connection& connection) = 0;
    /// The peer closed its side: no new message may choose this connection.
    virtual void retire(tcp_connection& connection) = 0;
    /// The connection is closed and has reported it; called once.
    virtual void closed(tcp_connection& connection) = 0;

  protected:
    tcp_host(inbox& e, counters& c, const tcp_limits& l) : events(e), counts(c), limits(l) {}
    ~tcp_host() = default;
};

/// Who opened a connection.
enum class connection_origin : std::uint8_t { accepted, opened };

/// What makes a connection one of TCP, TLS, WS or WSS.
struct connection_layers {
    std::unique_ptr<byte_stream> stream;
    std::unique_ptr<sip::stream_codec> codec;
    bool has_handshake = false;  ///< of the stream: TLS
};

/// One SIP connection over TCP, TLS, WS or WSS: handshake, framing, bounded writes, limits on slow
/// and silent peers.
///
/// Shared by the transport's table and by the wait that is under way in Asio: which of the two lets
/// go last is not known. Worker thread only.
class tcp_connection : public std::enable_shared_from_this<tcp_connection> {
  public:
    tcp_connection(
        tcp_host& host,
        boost::asio::ip::tcp::socket socket,
        const sip::hop& self,
        connection_origin origin
    );
    /// Says what speaks over the socket; before `start` or `connect`.
    void set_layers(connection_layers layers);

    /// Keeps the connection without traffic until then: a phone is registered over it.
    void hold(timing::time_point until);
    /// Begins the handshake, or to read, on an accepted connection.
    void start();
    /// Begins to connect; messages may be queued at once.
    void connect(const boost::asio::ip::tcp::endpoint& remote);
    /// Queues a message. Reports send_failed for it if it cannot be queued.
    void send(const sip::hop& to, std::uint64_t token, std::string_view bytes);
    /// Writes what was queued.
    void flush();
    /// Writes what is queued, ends our side and waits for the peer to end its own.
    /// @param limit how long all of that may take; then the connection is closed.
    void drain(timing::duration limit);
    /// Acts on a deadline that has passed.
    void expire();
    /// Closes at once; reports unsent messages and, once, flow_closed.
    void close();

    timing::time_point deadline() const;
    timing::time_point armed = timing::never;  ///< the transport's: the queued deadline

    const sip::hop& self() const { return self_; }
    connection_origin origin() const { return origin_; }
    bool is_writable() const { return state_ != state::draining && state_ != state::closed; }
    bool has_unwritten() const { return !queue_.empty(); }
    bool is_unflushed = false;  ///< the transport's: already in its list

  private:
    enum class state : std::uint8_t {
        connecting,
        securing,  ///< TLS handshake
        open,
        peer_done,  ///< the peer closed its side; answers still go out for a moment
        draining,   ///< we close; what is queued still goes out for a moment
        closed,
    };
    struct unwritten {
        std::uint64_t end = 0;  ///< stream position behind the message
        sent_message message;
    };
    void connected();
    void shake_hands();
    void leave_handshake();
    void opened();
    void refuse(std::string_view last_words);
    bool is_open_for_messages() const;
    void wait_readable();
    void wait_writable();
    void read();
    void take(std::string_view bytes);
    void end_of_stream();
    void written();
    void finish_if_drained();
    void note_failure(std::string_view event, std::string_view reason);
    void break_off();
    void report_failed(const sent_message& message);

    tcp_host& host_;
    boost::asio::ip::tcp::socket socket_;
    sip::hop self_;
    connection_origin origin_;
    state state_ = state::open;
    connection_layers layers_;
    byte_queue queue_;
    std::vector<unwritten> unwritten_;         ///< in stream order, those with a token
    std::unique_ptr<recent_sends> anonymous_;  ///< written, sent with flow 0; made when needed
    timing::time_point since_;                 ///< when the state was entered
    timing::duration drain_limit_{};
    timing::time_point active_;  ///< last byte in either direction
    timing::time_point held_until_{};
    timing::time_point message_began_ = timing::never;
    bool is_known_to_machine_ = false;
    bool is_waiting_writable_ = false;
    bool has_shut_down_ = false;
    bool is_in_handshake_ = false;  ///< counted in tcp_host::handshakes
};

}  // namespace sipha::shell
