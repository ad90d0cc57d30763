#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sipha::shell::test {

/// A blocking loopback socket of a peer, with a limit of 20 s on every receive.
class client_socket {
  public:
    /// UDP "connected" to a port of 127.0.0.1, or unconnected (port 0), bound to a free port.
    static client_socket udp(std::uint16_t remote_port);
    static client_socket tcp(std::uint16_t remote_port);
    /// As tcp, with small kernel buffers, for a peer that does not read.
    static client_socket narrow_tcp(std::uint16_t remote_port);
    static client_socket local(const std::string& path);
    /// A TCP socket that is bound; it listens only after `listen`.
    static client_socket tcp_server();
    /// A TCP socket for a later `connect`.
    static client_socket unconnected_tcp();

    client_socket(client_socket&& other) noexcept;
    client_socket& operator=(client_socket&&) = delete;
    ~client_socket();

    void connect(std::uint16_t remote_port);
    void listen();
    /// Listens so that every further connect stays unanswered.
    void listen_with_full_backlog();
    client_socket accept();
    bool send(std::string_view bytes);
    /// One datagram or whatever a stream has; empty at the end, on error or after the limit.
    std::string receive();
    /// Reads from a stream until this many bytes came, or its end.
    std::string receive_bytes(std::size_t count);
    /// Reads to the end of the stream. @returns false when the limit passed first.
    bool wait_for_end();
    void shutdown_send();
    /// Closes so that the peer sees a reset.
    void reset();
    void close();
    std::uint16_t port() const;
    /// The peer's IPv4 address as text.
    std::string peer_address() const;
    int descriptor() const { return descriptor_; }

  private:
    explicit client_socket(int descriptor);
    int descriptor_;
    std::vector<client_socket> backlog_;
};

/// A loopback port on which nobody listens.
std::uint16_t closed_udp_port();
std::uint16_t closed_tcp_port();

/// A SIP message of a stream with a body of this many bytes.
std::string stream_message(std::string_view call_id, std::size_t body_bytes = 0);

}  // namespace sipha::shell::test
