#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "proxy/cluster/mesh/link_io.hpp"
#include "proxy/shell/byte_queue.hpp"
#include "proxy/shell/counters.hpp"
#include "proxy/shell/inbox.hpp"
#include "proxy/shell/options.hpp"

namespace sipha::shell {

class mesh_link;

/// What a link needs of the bus that owns it.
class mesh_host {
  public:
    boost::asio::io_context& io;
    inbox& events;
    counters& counts;
    const mesh_limits& limits;
    std::span<char> read_buffer;  ///< one for all links: a read is consumed at once

    /// The link has ended and has reported it; called once.
    virtual void closed(mesh_link& link) = 0;

  protected:
    ~mesh_host() = default;
    mesh_host(boost::asio::io_context& i, inbox& e, counters& c, const mesh_limits& l)
        : io(i), events(e), counts(c), limits(l) {}
};

/// One byte stream to a peer of the cluster: raw bytes up, a bounded queue down.
///
/// Shared by the bus's table and by the wait that is under way in Asio: which of the two lets go
/// last is not known. Worker thread only.
class mesh_link : public std::enable_shared_from_this<mesh_link> {
  public:
    /// @param dialled the peer that the link is dialled to; 0 for an accepted link.
    mesh_link(
        mesh_host& host,
        boost::asio::ip::tcp::socket socket,
        cluster::link_id id,
        cluster::node_id dialled
    );

    /// Reports link_opened and begins to read.
    void open();
    /// Connects within the dial timeout; reports link_opened, or link_closed with link 0.
    void dial(const boost::asio::ip::tcp::endpoint& remote);
    /// Queues bytes; a link whose queue is full is closed.
    void send(std::string_view bytes);
    void flush();
    /// Closes after what is queued, at the latest after `limit`.
    void drain(std::chrono::milliseconds limit);
    /// Closes at once and reports link_closed.
    void close();

    cluster::link_id id() const { return id_; }
    bool is_writable() const { return state_ == state::open; }
    bool has_unwritten() const { return !queue_.empty(); }

  private:
    enum class state : std::uint8_t { dialling, open, draining, closed };

    void limit_time(std::chrono::milliseconds limit);
    void wait_readable();
    void wait_writable();
    void read();

    mesh_host& host_;
    boost::asio::ip::tcp::socket socket_;
    boost::asio::steady_timer timer_;
    cluster::link_id id_;
    cluster::node_id dialled_;
    state state_ = state::dialling;
    byte_queue queue_;
    bool is_waiting_writable_ = false;
};

}  // namespace sipha::shell
