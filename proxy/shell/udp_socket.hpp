#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "proxy/shell/counters.hpp"
#include "proxy/shell/datagram_backlog.hpp"
#include "proxy/shell/inbox.hpp"
#include "proxy/shell/options.hpp"
#include "proxy/shell/recent_sends.hpp"
#include "proxy/shell/socket_address.hpp"

namespace sipha::shell {

/// Buffers for one recvmmsg, shared by the UDP sockets of a worker: a batch is stepped completely
/// before the next socket reads.
class datagram_batch {
  public:
    static constexpr std::size_t size = 32;
    /// One byte more than the limit per datagram, so that a longer one is seen to be longer.
    explicit datagram_batch(std::size_t max_datagram_bytes);
    /// Ready for recvmmsg; valid until the next call.
    mmsghdr* prepare();
    /// Says how many datagrams recvmmsg gave.
    void filled(std::size_t count) { filled_ = count; }
    std::string_view bytes(std::size_t index) const;
    socket_address& source(std::size_t index) { return sources_[index]; }
    const mmsghdr& header(std::size_t index) const { return headers_[index]; }
    std::size_t max_datagram_bytes() const { return buffer_bytes_ - 1; }

  private:
    std::size_t buffer_bytes_;
    std::unique_ptr<char[]> buffers_;
    std::array<mmsghdr, size> headers_{};
    std::array<iovec, size> vectors_{};
    std::array<socket_address, size> sources_{};
    std::size_t filled_ = 0;
};

/// One UDP listener: reads and writes in batches, and turns ICMP errors into send_failed.
/// Worker thread only.
class udp_socket {
  public:
    struct context {
        boost::asio::io_context& io;
        inbox& events;
        counters& counts;
        datagram_batch& batch;
        const udp_limits& limits;
    };
    /// Binds; throws std::system_error naming the address.
    udp_socket(const context& where, sip::listener_id id, const listener_options& options);

    void start();
    /// Adds a datagram to the batch of this step; `bytes` must live until `flush`.
    void send(const sip::hop& to, std::uint64_t token, std::string_view bytes);
    /// Sends the batch. What the kernel does not take now waits in the backlog.
    void flush();
    /// Reads nothing further; what the kernel holds is left to whoever shares the socket.
    void pause();
    void stop();
    int descriptor() { return descriptor_.native_handle(); }
    bool is_drained() const { return backlog_.empty(); }
    std::uint16_t port() const { return port_; }

  private:
    void wait_readable();
    void wait_writable();
    void read_batches();
    void handle(std::size_t index);
    void send_backlog();
    void keep(const outgoing_datagram& datagram);
    std::size_t transmit(std::span<const outgoing_datagram> datagrams);
    void answer_keepalive(const sip::hop& from, std::string_view bytes);
    int send_one(const outgoing_datagram& datagram);
    int send_some(std::span<const outgoing_datagram> datagrams);
    void read_error_queue();
    void blame(const socket_address& destination);
    void fail(const sip::hop& to, std::uint64_t token);

    context context_;
    sip::listener_id id_;
    boost::asio::posix::stream_descriptor descriptor_;
    std::uint16_t port_ = 0;
    recent_sends recent_;
    std::vector<outgoing_datagram> pending_;
    datagram_backlog backlog_;
    bool is_waiting_writable_ = false;
    timing::time_point stun_second_{};  ///< when the second being counted began
    std::size_t stun_answered_ = 0;     ///< in that second
    bool is_paused_ = false;
};

}  // namespace sipha::shell
