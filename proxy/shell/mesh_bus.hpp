#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "proxy/shell/mesh_link.hpp"
#include "proxy/shell/stream_acceptor.hpp"

namespace sipha::shell {

/// The cluster's byte streams. It moves bytes and knows nothing of what they mean; who a peer
/// really is, the protocol on the link proves. Worker thread only.
///
/// Each link_opened is followed by exactly one link_closed, also when the machine closed the link;
/// each dial by one link_opened or one link_closed with link 0.
class mesh_bus final : private mesh_host {
  public:
    mesh_bus(
        boost::asio::io_context& io, inbox& events, counters& counts, const mesh_limits& limits
    );

    /// Binds where links are accepted; throws std::system_error naming the address.
    /// @param inherited a listening socket to own; below 0: none.
    void listen(const link_address& where, int inherited = -1);
    void start();
    /// Says where a peer accepts links; replaces what was said before.
    void set_peer(const peer_address& peer) { peers_[peer.node] = peer.where; }
    /// Performs the link actions of one step, in order.
    void perform(const cluster::link_outbox& actions);
    /// Stops accepting and closes every link after what is queued on it.
    /// @param grace how long a link may take for that.
    void stop(std::chrono::milliseconds grace);
    bool is_drained() const;
    std::size_t links() const { return links_.size(); }
    std::uint16_t port() const;
    /// The listening socket; below 0 when there is none.
    int descriptor() { return acceptor_ ? acceptor_->descriptor() : -1; }

  private:
    mesh_host& host() { return *this; }
    void closed(mesh_link& link) override;
    void accept(boost::asio::ip::tcp::socket socket);
    void dial(cluster::node_id peer);

    std::unique_ptr<char[]> buffer_;
    std::optional<stream_acceptor> acceptor_;
    std::map<cluster::node_id, link_address> peers_;
    std::map<cluster::link_id, std::shared_ptr<mesh_link>> links_;
    std::vector<std::shared_ptr<mesh_link>> unflushed_;
    cluster::link_id last_link_ = 0;
    bool is_stopped_ = false;
};

}  // namespace sipha::shell
