#pragma once

#include <netinet/in.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sipha::load {

/// Who gets what arrives.
class receiver {
  public:
    virtual ~receiver() = default;
    /// One datagram, or one message cut out of a stream. The view is good during the call.
    virtual void received(std::size_t link, std::string_view message, const sockaddr_in& from) = 0;
};

/// "127.0.0.1:5060" as a socket address; throws std::invalid_argument for anything else.
sockaddr_in parse_place(const std::string& text);
/// "127.0.0.1:5060".
std::string to_text(const sockaddr_in& place);

/// The generator's sockets, joined with epoll. One thread; every failure throws std::system_error,
/// because a figure from a generator that could not send is worth nothing.
class links {
  public:
    links();
    ~links();
    links(const links&) = delete;
    links& operator=(const links&) = delete;

    std::size_t add_udp(const sockaddr_in& local);
    std::size_t add_tcp(const sockaddr_in& local, const sockaddr_in& remote);
    /// Where a link is bound.
    const sockaddr_in& local(std::size_t link) const { return links_[link].local; }
    /// @param to used by datagram links only.
    void send(std::size_t link, const sockaddr_in& to, std::string_view bytes);
    /// Waits at most that long, then hands over what has arrived.
    void poll(std::chrono::nanoseconds limit, receiver& to);

  private:
    struct joined_socket {
        int descriptor = -1;
        bool is_stream = false;
        sockaddr_in local{};
        std::string pending;  ///< of a stream: bytes of an incomplete message
    };
    std::size_t add(int descriptor, bool is_stream, const sockaddr_in& local);
    void read_datagrams(std::size_t index, receiver& to);
    void read_stream(std::size_t index, receiver& to);

    int epoll_;
    std::vector<joined_socket> links_;
    std::string buffer_;
};

}  // namespace sipha::load
