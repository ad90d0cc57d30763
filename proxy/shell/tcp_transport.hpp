#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "proxy/shell/stream_acceptor.hpp"
#include "proxy/shell/tcp_connection.hpp"
#include "proxy/shell/tls_context.hpp"
#include "proxy/timing/deadline_queue.hpp"

namespace sipha::shell {

/// All listeners and connections of a worker for SIP over TCP, TLS, WS and WSS. Worker thread only.
class tcp_transport final : private tcp_host {
  public:
    tcp_transport(
        boost::asio::io_context& io, inbox& events, counters& counts, const tcp_limits& limits
    );

    /// Sets the trust for connections that we open over TLS; before the first of them, or later.
    void set_client(std::shared_ptr<const tls_client> client) { client_ = std::move(client); }
    /// Gives a TLS listener its certificates; connections that exist keep theirs.
    void set_server(sip::listener_id id, std::shared_ptr<const tls_server> server) {
        servers_[id] = std::move(server);
    }
    /// Says which domain `sip::hop::name` stands for from now on.
    void set_name(std::uint16_t name, std::string domain);
    /// A phone is registered over this flow: it is kept without traffic until then.
    void hold(sip::flow_id flow, timing::time_point until);
    /// Binds a listener; throws std::system_error naming the address.
    void listen(sip::listener_id id, const listener_options& options);
    void start();
    /// Sends on the flow that `to` names; with flow 0 on a connection to `to.remote` of that
    /// listener, opening one from the listener's address if there is none.
    void send(const sip::hop& to, std::uint64_t token, std::string_view bytes);
    /// Writes what this step queued.
    void flush();
    /// Closes a flow after what is queued on it; unknown flows are ignored (already closed).
    void close(sip::flow_id flow);
    /// Leaves new connections to whoever shares the listening sockets.
    void stop_accepting();
    /// A listening socket; below 0 when there is none.
    int descriptor(sip::listener_id id);
    /// Stops accepting and closes every connection after what is queued on it.
    /// @param grace how long a connection may take for that.
    void stop(timing::duration grace);
    /// True when no connection has bytes to write.
    bool is_drained() const;
    std::size_t connections() const { return connections_.size(); }
    /// The connections that peers opened and that are in use, the oldest first.
    std::vector<sip::flow_id> accepted_flows() const;
    std::uint16_t port(sip::listener_id id) const;

  private:
    struct route {
        sip::listener_id listener = 0;
        sip::endpoint remote;
        /// Over TLS, who was asked for: a connection serves no other name (RFC 5922 7.3).
        std::string domain;
        friend bool operator==(const route&, const route&) = default;
    };
    struct route_hash {
        std::size_t operator()(const route& value) const {
            return (std::hash<sip::endpoint>{}(value.remote) * 31 + value.listener) * 31 +
                   std::hash<std::string>{}(value.domain);
        }
    };

    tcp_host& host() { return *this; }
    void arm(tcp_connection& connection) override;
    void mark_unflushed(tcp_connection& connection) override;
    void retire(tcp_connection& connection) override;
    void closed(tcp_connection& connection) override;

    /// The domain that `to` must reach over TLS; empty: its address.
    const std::string& domain_of(const sip::hop& to) const;
    route route_of(const sip::hop& to) const;
    connection_layers layers_for(int descriptor, const sip::hop& self, connection_origin origin)
        const;
    void accept(sip::listener_id id, boost::asio::ip::tcp::socket socket);
    /// @returns null, with the reason counted, when no connection can be opened.
    std::shared_ptr<tcp_connection> open(const sip::hop& to);
    std::shared_ptr<tcp_connection> find(const sip::hop& to);
    void wait_for_deadline();
    void expire_due();

    boost::asio::io_context& io_;
    std::unique_ptr<char[]> buffer_;
    std::map<sip::listener_id, stream_acceptor> acceptors_;
    std::map<sip::listener_id, sip::transport> transports_;
    std::map<sip::listener_id, std::vector<std::string>> origins_;
    std::map<sip::listener_id, std::shared_ptr<const tls_server>> servers_;
    std::shared_ptr<const tls_client> client_;
    std::vector<std::string> names_;  ///< by sip::hop::name
    /// Ordered, so that a stop closes in the order of opening.
    std::map<sip::flow_id, std::shared_ptr<tcp_connection>> connections_;
    std::unordered_map<route, sip::flow_id, route_hash> routes_;
    std::unordered_map<geo::ip_address, std::size_t> accepted_from_;
    std::vector<std::shared_ptr<tcp_connection>> unflushed_;
    timing::deadline_queue deadlines_;
    boost::asio::steady_timer timer_;
    timing::time_point timer_at_ = timing::never;
    sip::flow_id last_flow_;
};

}  // namespace sipha::shell
