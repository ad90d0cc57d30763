#include "proxy/shell/mesh_bus.hpp"

#include <algorithm>
#include <utility>

namespace sipha::shell {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {
constexpr std::size_t read_buffer_bytes = 65536;
}  // namespace

mesh_bus::mesh_bus(
    asio::io_context& io_in, inbox& events_in, counters& counts_in, const mesh_limits& limits_in
)
    : mesh_host(io_in, events_in, counts_in, limits_in),
      buffer_(std::make_unique_for_overwrite<char[]>(read_buffer_bytes)) {
    read_buffer = {buffer_.get(), read_buffer_bytes};
}

void mesh_bus::listen(const link_address& where, int inherited) {
    const stream_acceptor::context context{io, events, counts};
    const stream_acceptor::address local{
        where.ip, where.port, address_presence::required, limits.accept_pause, inherited};
    acceptor_.emplace(context, local, [this](tcp::socket socket) { accept(std::move(socket)); });
}

void mesh_bus::start() {
    if (acceptor_) {
        acceptor_->start();
    }
}

void mesh_bus::accept(tcp::socket socket) {
    if (links_.size() >= limits.max_links) {
        ++counts.links_refused_cap;
        return;
    }
    const auto id = ++last_link_;
    auto link = std::make_shared<mesh_link>(host(), std::move(socket), id, cluster::node_id{});
    links_.emplace(id, link);
    link->open();
    events.settle();
}

void mesh_bus::dial(cluster::node_id peer) {
    const auto known = peers_.find(peer);
    tcp::socket socket(io);
    boost::system::error_code error;
    tcp::endpoint remote;
    if (known != peers_.end()) {
        remote = to_tcp_endpoint(known->second.ip, known->second.port);
        socket.open(remote.protocol(), error);
    }
    const bool is_full = links_.size() >= limits.max_links;
    if (known == peers_.end() || is_full || is_stopped_ || error) {
        ++(is_full ? counts.links_refused_cap : counts.links_dial_failed);
        events.report(proxy::link_closed{0, peer});
        return;
    }
    const auto id = ++last_link_;
    auto link = std::make_shared<mesh_link>(host(), std::move(socket), id, peer);
    links_.emplace(id, link);
    link->dial(remote);
}

void mesh_bus::perform(const cluster::link_outbox& outbox) {
    using kind = cluster::link_action::kind;
    for (const auto& action : outbox.actions()) {
        if (action.what == kind::dial) {
            dial(action.peer);
            continue;
        }
        const auto found = links_.find(action.link);
        if (found == links_.end() || !found->second->is_writable()) {
            // It ended meanwhile; link_closed says so or has said so.
            counts.links_dropped_sends += action.what == kind::send ? 1 : 0;
            continue;
        }
        const auto link = found->second;
        if (action.what == kind::close) {
            link->drain(limits.close_grace);
            continue;
        }
        link->send(outbox.bytes(action));
        if (std::find(unflushed_.begin(), unflushed_.end(), link) == unflushed_.end()) {
            unflushed_.push_back(link);
        }
    }
    // One write per link and step, however many frames the step sent.
    for (const auto& link : unflushed_) {
        link->flush();
    }
    unflushed_.clear();
}

void mesh_bus::closed(mesh_link& link) {
    links_.erase(link.id());
    if (acceptor_) {
        acceptor_->resume();
    }
}

void mesh_bus::stop(std::chrono::milliseconds grace) {
    is_stopped_ = true;
    if (acceptor_) {
        acceptor_->stop();
    }
    const auto all = links_;
    for (const auto& [id, link] : all) {
        link->flush();
        link->drain(grace);
    }
}

bool mesh_bus::is_drained() const {
    return std::none_of(links_.begin(), links_.end(), [](const auto& each) {
        return each.second->has_unwritten();
    });
}

std::uint16_t mesh_bus::port() const {
    return acceptor_ ? acceptor_->port() : std::uint16_t{0};
}

}  // namespace sipha::shell
