#include "proxy/shell/tcp_transport.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>
#include <tuple>
#include <utility>

#include "proxy/shell/clock.hpp"
#include "proxy/shell/socket_address.hpp"
#include "proxy/shell/tls_stream.hpp"

namespace sipha::shell {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::size_t read_buffer_bytes = 65536;

std::optional<sip::endpoint> remote_of(tcp::socket& socket, sip::transport transport) {
    boost::system::error_code error;
    const auto remote = socket.remote_endpoint(error);
    if (error) {
        return std::nullopt;  // reset before it was accepted
    }
    const auto address = remote.address();
    if (address.is_v4()) {
        return sip::endpoint{
            transport, geo::ip_address::v4(address.to_v4().to_bytes()), remote.port()};
    }
    return sip::endpoint{transport, geo::ip_address::v6(address.to_v6().to_bytes()), remote.port()};
}

}  // namespace

tcp_transport::tcp_transport(
    asio::io_context& io, inbox& events_in, counters& counts_in, const tcp_limits& limits_in
)
    : tcp_host(events_in, counts_in, limits_in),
      io_(io),
      buffer_(std::make_unique_for_overwrite<char[]>(read_buffer_bytes)),
      timer_(io),
      last_flow_(limits_in.flows_before) {
    read_buffer = {buffer_.get(), read_buffer_bytes};
}

void tcp_transport::listen(sip::listener_id id, const listener_options& options) {
    const stream_acceptor::context where{io_, events, counts};
    const stream_acceptor::address local{
        options.ip, options.port, options.presence, limits.accept_pause, options.inherited};
    stream_acceptor::accepted on_accept = [this, id](tcp::socket socket) {
        accept(id, std::move(socket));
    };
    transports_[id] = options.transport;
    origins_[id] = options.origins;
    acceptors_.emplace(
        std::piecewise_construct,
        std::forward_as_tuple(id),
        std::forward_as_tuple(where, local, std::move(on_accept))
    );
}

void tcp_transport::start() {
    for (auto& [id, acceptor] : acceptors_) {
        acceptor.start();
    }
}

void tcp_transport::accept(sip::listener_id id, tcp::socket socket) {
    const auto transport = transports_.at(id);
    const auto remote = remote_of(socket, transport);
    if (!remote) {
        ++counts.accept_errors;
        return;
    }
    if (connections_.size() >= limits.max_connections) {
        ++counts.tcp_refused_total_cap;
        return;
    }
    auto& from_source = accepted_from_[remote->ip];
    if (from_source >= limits.max_connections_per_source) {
        ++counts.tcp_refused_source_cap;
        return;
    }
    if (sip::is_secured(transport) && handshakes >= limits.max_handshakes) {
        ++counts.tls_refused_handshake_cap;
        return;
    }
    ++from_source;
    ++counts.tcp_accepted;
    const sip::hop self{id, *remote, ++last_flow_};
    auto layers = layers_for(socket.native_handle(), self, connection_origin::accepted);
    auto connection = std::make_shared<tcp_connection>(
        host(), std::move(socket), self, connection_origin::accepted
    );
    connections_.emplace(self.flow, connection);
    connection->set_layers(std::move(layers));
    if (!sip::is_secured(transport)) {
        // A connection that just arrived is the live one if an older one has the same addresses.
        // Over TLS nothing is proven about who listens there, so it serves its own flow only
        // (RFC 5923 5).
        routes_[{id, *remote, {}}] = self.flow;
    }
    connection->start();
}

connection_layers tcp_transport::layers_for(
    int descriptor, const sip::hop& self, connection_origin origin
) const {
    connection_layers out;
    out.codec = sip::make_stream_codec(self.remote, limits.framer, origins_.at(self.listener));
    out.has_handshake = sip::is_secured(self.remote.transport);
    if (!out.has_handshake) {
        out.stream = std::make_unique<plain_stream>(descriptor);
    } else if (origin == connection_origin::accepted) {
        out.stream = std::make_unique<tls_stream>(descriptor, servers_.at(self.listener));
    } else {
        tls_stream::expectation expected{domain_of(self), self.remote.ip};
        out.stream = std::make_unique<tls_stream>(descriptor, client_, std::move(expected));
    }
    return out;
}

const std::string& tcp_transport::domain_of(const sip::hop& to) const {
    static const std::string none;
    const bool is_named = sip::is_secured(to.remote.transport) && to.name < names_.size();
    return is_named ? names_[to.name] : none;
}

tcp_transport::route tcp_transport::route_of(const sip::hop& to) const {
    return {to.listener, to.remote, domain_of(to)};
}

void tcp_transport::set_name(std::uint16_t name, std::string domain) {
    if (name >= names_.size()) {
        names_.resize(std::size_t{name} + 1);
    }
    // A number that changes hands would leave its connections under a route that nobody finds.
    std::vector<sip::flow_id> of_old_name;
    for (const auto& [flow, connection] : connections_) {
        if (connection->self().name == name && name != 0) {
            of_old_name.push_back(flow);
        }
    }
    for (const auto flow : of_old_name) {
        close(flow);
    }
    names_[name] = std::move(domain);
}

void tcp_transport::hold(sip::flow_id flow, timing::time_point until) {
    const auto found = connections_.find(flow);
    if (found != connections_.end()) {
        found->second->hold(until);
    }
}

std::shared_ptr<tcp_connection> tcp_transport::find(const sip::hop& to) {
    auto flow = to.flow;
    if (flow == 0) {
        const auto known = routes_.find(route_of(to));
        if (known == routes_.end()) {
            return nullptr;
        }
        flow = known->second;
    }
    const auto found = connections_.find(flow);
    const bool is_usable = found != connections_.end() && found->second->is_writable();
    return is_usable ? found->second : nullptr;
}

std::shared_ptr<tcp_connection> tcp_transport::open(const sip::hop& to) {
    const auto acceptor = acceptors_.find(to.listener);
    const bool has_source = acceptor != acceptors_.end() &&
                            acceptor->second.ip().family() == to.remote.ip.family() &&
                            transports_.at(to.listener) == to.remote.transport &&
                            // RFC 7118 5: WebSockets are opened by their clients only.
                            !sip::is_web_socket(to.remote.transport) &&
                            (!sip::is_secured(to.remote.transport) || client_);
    if (!has_source) {
        ++counts.send_no_such_listener;
        return nullptr;
    }
    if (connections_.size() >= limits.max_connections) {
        ++counts.send_connection_cap;
        return nullptr;
    }
    const auto remote = to_tcp_endpoint(to.remote.ip, to.remote.port);
    tcp::socket socket(io_);
    boost::system::error_code error;
    socket.open(remote.protocol(), error);
    if (!error && !acceptor->second.ip().is_unspecified()) {
        // The peer must see the address that our Via and Record-Route name. The port is chosen at
        // connect time, so that connections to different peers can share one.
        using late_port = asio::detail::socket_option::boolean<IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT>;
        socket.set_option(late_port(true), error);
        error.clear();
        socket.bind(to_tcp_endpoint(acceptor->second.ip(), 0), error);
    }
    if (error) {
        ++counts.tcp_connect_failed;
        return nullptr;
    }
    const sip::hop self{to.listener, to.remote, ++last_flow_, to.name};
    auto layers = layers_for(socket.native_handle(), self, connection_origin::opened);
    auto connection = std::make_shared<tcp_connection>(
        host(), std::move(socket), self, connection_origin::opened
    );
    connection->set_layers(std::move(layers));
    connections_.emplace(self.flow, connection);
    routes_[route_of(self)] = self.flow;
    connection->connect(remote);
    return connection;
}

void tcp_transport::send(const sip::hop& to, std::uint64_t token, std::string_view bytes) {
    auto connection = find(to);
    if (!connection && to.flow != 0) {
        ++counts.send_no_such_flow;
    } else if (!connection) {
        connection = open(to);
    }
    if (connection) {
        connection->send(to, token, bytes);
    } else if (token != 0) {
        events.report(proxy::send_failed{to, token});
    }
}

void tcp_transport::flush() {
    // A flush may close connections but never queues bytes on another one.
    for (const auto& connection : unflushed_) {
        connection->is_unflushed = false;
        connection->flush();
    }
    unflushed_.clear();
}

void tcp_transport::close(sip::flow_id flow) {
    const auto found = connections_.find(flow);
    if (found != connections_.end()) {
        const auto connection = found->second;
        connection->drain(limits.close_grace);
    }
}

std::vector<sip::flow_id> tcp_transport::accepted_flows() const {
    std::vector<sip::flow_id> flows;
    for (const auto& [flow, connection] : connections_) {
        if (connection->origin() == connection_origin::accepted && connection->is_writable()) {
            flows.push_back(flow);
        }
    }
    return flows;
}

void tcp_transport::stop_accepting() {
    for (auto& [id, acceptor] : acceptors_) {
        acceptor.leave();
    }
}

int tcp_transport::descriptor(sip::listener_id id) {
    const auto found = acceptors_.find(id);
    return found == acceptors_.end() ? -1 : found->second.descriptor();
}

void tcp_transport::stop(timing::duration grace) {
    for (auto& [id, acceptor] : acceptors_) {
        acceptor.stop();
    }
    const auto all = connections_;
    for (const auto& [flow, connection] : all) {
        connection->flush();
        connection->drain(grace);
    }
}

bool tcp_transport::is_drained() const {
    for (const auto& [flow, connection] : connections_) {
        if (connection->has_unwritten()) {
            return false;
        }
    }
    return true;
}

std::uint16_t tcp_transport::port(sip::listener_id id) const {
    const auto found = acceptors_.find(id);
    return found == acceptors_.end() ? std::uint16_t{0} : found->second.port();
}

void tcp_transport::arm(tcp_connection& connection) {
    const auto deadline = connection.deadline();
    // A deadline that moved away is noticed when the earlier one passes.
    if (deadline >= connection.armed) {
        return;
    }
    connection.armed = deadline;
    deadlines_.arm(deadline, connection.self().flow);
    wait_for_deadline();
}

void tcp_transport::wait_for_deadline() {
    const auto next = deadlines_.next_deadline();
    if (next >= timer_at_) {
        return;
    }
    timer_at_ = next;
    timer_.expires_at(next);
    timer_.async_wait([this](boost::system::error_code error) {
        if (!error) {
            expire_due();
        }
    });
}

void tcp_transport::expire_due() {
    timer_at_ = timing::never;
    const auto now = mono_now();
    for (auto at = deadlines_.next_deadline(); at <= now; at = deadlines_.next_deadline()) {
        const auto flow = deadlines_.pop_due(now);
        const auto found = connections_.find(flow.value_or(0));
        // A connection has one valid entry; others are leftovers of nearer deadlines.
        if (found == connections_.end() || found->second->armed != at) {
            continue;
        }
        const auto connection = found->second;
        connection->armed = timing::never;
        if (connection->deadline() <= now) {
            connection->expire();
        } else {
            arm(*connection);
        }
    }
    wait_for_deadline();
    events.settle();
}

void tcp_transport::mark_unflushed(tcp_connection& connection) {
    if (!connection.is_unflushed) {
        connection.is_unflushed = true;
        unflushed_.push_back(connection.shared_from_this());
    }
}

void tcp_transport::retire(tcp_connection& connection) {
    const auto& self = connection.self();
    const auto known = routes_.find(route_of(self));
    if (known != routes_.end() && known->second == self.flow) {
        routes_.erase(known);
    }
}

void tcp_transport::closed(tcp_connection& connection) {
    retire(connection);
    const auto& self = connection.self();
    if (connection.origin() == connection_origin::accepted) {
        const auto from_source = accepted_from_.find(self.remote.ip);
        if (from_source != accepted_from_.end() && --from_source->second == 0) {
            accepted_from_.erase(from_source);
        }
    }
    const bool was_listed = connections_.erase(self.flow) > 0;
    if (was_listed) {
        for (auto& [id, acceptor] : acceptors_) {
            acceptor.resume();
        }
    }
}

}  // namespace sipha::shell
