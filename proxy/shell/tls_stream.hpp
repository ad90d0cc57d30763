#pragma once

#include <memory>
#include <string>

#include <sipha/geo/ip.hpp>

#include "proxy/shell/byte_stream.hpp"
#include "proxy/shell/tls_context.hpp"

namespace sipha::shell {

/// TLS over a socket that the connection owns, directly on OpenSSL: a connection waits for the
/// socket and then tries, so that TLS and plain streams share one loop and one queue. (Asio's TLS
/// stream has composed operations with buffers of its own.)
class tls_stream final : public byte_stream {
  public:
    /// Whom a connection that we open must reach.
    struct expectation {
        std::string domain;  ///< of the URI that was asked for; empty: the address is the name
        geo::ip_address address;
    };
    tls_stream(int descriptor, std::shared_ptr<const tls_server> server);
    tls_stream(int descriptor, std::shared_ptr<const tls_client> client, expectation expected);

    stream_outcome handshake() override;
    stream_result read(std::span<char> buffer) override;
    stream_result write(std::string_view bytes) override;
    void end_sending() override;
    std::string_view peer_identity() const override { return peer_identity_; }
    std::string_view error_text() const override { return error_text_; }

  private:
    void attach(int descriptor);
    stream_outcome outcome_of(int result);
    /// RFC 5922 7.2, 7.3. @returns whether the peer is who was asked for.
    bool check_peer();

    std::shared_ptr<const tls_server> server_;
    std::unique_ptr<SSL, free_tls> session_;
    expectation expected_;
    std::string peer_identity_;
    std::string error_text_;
};

}  // namespace sipha::shell
