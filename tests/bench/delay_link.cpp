#include "tests/bench/delay_link.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace sipha::bench {
namespace {

using clock = std::chrono::steady_clock;
using bytes = std::vector<std::uint8_t>;

constexpr std::size_t largest_message = 65'535;

std::optional<bytes> receive(int fd) {
    bytes data(largest_message);
    const auto size = recv(fd, data.data(), data.size(), MSG_DONTWAIT);
    if (size < 0) {
        return std::nullopt;
    }
    data.resize(static_cast<std::size_t>(size));
    return data;
}

}  // namespace

/// What the thread of a link works on. Each client gets a socket of its own towards the server.
class delay_link::machinery {
  public:
    machinery(const resolver::dns_server& server, clock::duration round_trip, delay_link& link)
        : server_(socket_address(server)), half_(round_trip / 2), link_(link) {
        const resolver::dns_server place = link.place_;
        udp_ = bound_socket(SOCK_DGRAM | SOCK_NONBLOCK, place);
        tcp_ = bound_socket(SOCK_STREAM | SOCK_NONBLOCK, place);
        listen(tcp_.get(), 64);
    }

    void run() {
        for (;;) {
            std::vector<pollfd> watched{
                {link_.stop_.get(), POLLIN, 0}, {udp_.get(), POLLIN, 0}, {tcp_.get(), POLLIN, 0}};
            for (const auto& item : peers_) {
                watched.push_back({item.first, POLLIN, 0});
            }
            timespec patience{};
            ppoll(watched.data(), watched.size(), patience_left(patience), nullptr);
            if (watched[0].revents != 0) {
                return;
            }
            for (std::size_t index = 3; index < watched.size(); ++index) {
                if (watched[index].revents != 0) {
                    take_stream_or_reply(watched[index].fd);
                }
            }
            take_datagrams();
            take_connections();
            deliver();
        }
    }

  private:
    /// Another end: a socket towards the server, or a client's TCP connection.
    struct peer {
        descriptor socket;
        bool is_stream = false;
        sockaddr_in client{};     ///< where replies of a datagram socket go
        int other = -1;           ///< the stream at the other side
        clock::duration extra{};  ///< what the first bytes of a stream wait for the handshake
    };
    struct parcel {
        clock::time_point due;
        int from = -1;
        int to = -1;
        bytes data;
        bool is_reply = false;  ///< leaves through the datagram socket of the link
        sockaddr_in client{};
    };

    const timespec* patience_left(timespec& patience) const {
        if (parcels_.empty()) {
            return nullptr;
        }
        const auto left = std::max(parcels_.front().due - clock::now(), clock::duration::zero());
        patience.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(left).count();
        patience.tv_nsec = std::chrono::nanoseconds(left % std::chrono::seconds(1)).count();
        return &patience;
    }

    void post(parcel item, clock::duration delay) {
        item.due = clock::now() + delay;
        const auto later = [](const parcel& left, const parcel& right) {
            return left.due < right.due;
        };
        parcels_.insert(
            std::upper_bound(parcels_.begin(), parcels_.end(), item, later), std::move(item)
        );
    }

    int add(descriptor socket, bool is_stream) {
        const int fd = socket.get();
        peers_[fd] = peer{std::move(socket), is_stream, {}, -1, {}};
        return fd;
    }

    void take_datagrams() {
        for (;;) {
            bytes data(largest_message);
            sockaddr_in client{};
            socklen_t size = sizeof client;
            const auto count = recvfrom(
                udp_.get(), data.data(), data.size(), 0, reinterpret_cast<sockaddr*>(&client), &size
            );
            if (count < 0) {
                return;
            }
            data.resize(static_cast<std::size_t>(count));
            link_.questions_.fetch_add(1);
            post({{}, -1, upstream_for(client), std::move(data), false, {}}, half_);
        }
    }

    int upstream_for(const sockaddr_in& client) {
        const auto key = std::pair(client.sin_addr.s_addr, client.sin_port);
        const auto known = upstreams_.find(key);
        if (known != upstreams_.end()) {
            return known->second;
        }
        descriptor upstream(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        connect(upstream.get(), reinterpret_cast<const sockaddr*>(&server_), sizeof server_);
        const int fd = add(std::move(upstream), false);
        peers_.at(fd).client = client;
        upstreams_[key] = fd;
        return fd;
    }

    void take_connections() {
        for (;;) {
            descriptor client(accept4(tcp_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
            if (client.get() < 0) {
                return;
            }
            link_.questions_.fetch_add(1);
            descriptor upstream(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
            connect(upstream.get(), reinterpret_cast<const sockaddr*>(&server_), sizeof server_);
            const int near = add(std::move(client), true);
            const int far = add(std::move(upstream), true);
            peers_.at(near).other = far;
            peers_.at(near).extra = 2 * half_;
            peers_.at(far).other = near;
        }
    }

    void take_stream_or_reply(int fd) {
        const auto found = peers_.find(fd);
        if (found == peers_.end()) {
            return;
        }
        auto& item = found->second;
        auto data = receive(fd);
        if (!data) {
            return;
        }
        if (!item.is_stream) {
            post({{}, fd, -1, std::move(*data), true, item.client}, half_);
            return;
        }
        if (data->empty()) {
            const int other = item.other;
            peers_.erase(fd);
            peers_.erase(other);
            return;
        }
        post(
            {{}, fd, item.other, std::move(*data), false, {}},
            half_ + std::exchange(item.extra, clock::duration::zero())
        );
    }

    void deliver() {
        while (!parcels_.empty() && parcels_.front().due <= clock::now()) {
            const auto item = std::move(parcels_.front());
            parcels_.pop_front();
            if (item.is_reply) {
                sendto(
                    udp_.get(),
                    item.data.data(),
                    item.data.size(),
                    0,
                    reinterpret_cast<const sockaddr*>(&item.client),
                    sizeof item.client
                );
            } else if (peers_.contains(item.to)) {
                send(item.to, item.data.data(), item.data.size(), MSG_NOSIGNAL);
            }
        }
    }

    sockaddr_in server_;
    clock::duration half_;
    delay_link& link_;
    descriptor udp_;
    descriptor tcp_;
    std::map<int, peer> peers_;
    std::map<std::pair<in_addr_t, in_port_t>, int> upstreams_;
    std::deque<parcel> parcels_;  ///< by due time
};

delay_link::delay_link(
    const resolver::dns_server& server,
    std::chrono::milliseconds round_trip,
    std::uint8_t last_octet
)
    : place_(free_place(last_octet)),
      stop_(eventfd(0, EFD_CLOEXEC)),
      machinery_(std::make_unique<machinery>(server, round_trip, *this)),
      thread_([this] { machinery_->run(); }) {}

delay_link::~delay_link() {
    const std::uint64_t one = 1;
    while (write(stop_.get(), &one, sizeof one) < 0 && errno == EINTR) {
    }
    thread_.join();
}

black_hole::black_hole(std::uint8_t last_octet)
    : socket_(bound_socket(SOCK_DGRAM | SOCK_NONBLOCK, free_place(last_octet))) {}

}  // namespace sipha::bench
