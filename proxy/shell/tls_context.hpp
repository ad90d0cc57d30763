#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

#include "proxy/shell/tls_options.hpp"

namespace sipha::shell {

struct free_tls {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* session) const { SSL_free(session); }
};

/// The loaded certificates of a TLS listener. Immutable: a reload makes another one. Shared by the
/// listener and by the sessions that began with it, which choose by SNI from it while they shake
/// hands.
class tls_server {
  public:
    /// Reads the files. TLS 1.2 at least, no renegotiation, no compression, no session resumption.
    /// @returns null, and one sentence in `error` that names the file and the reason.
    static std::shared_ptr<const tls_server> load(
        const tls_server_options& options, std::string& error
    );
    SSL_CTX* context() const { return default_.get(); }

  private:
    struct named {
        std::string name;
        std::unique_ptr<SSL_CTX, free_tls> context;
    };
    static int choose(SSL* session, int* alert, void* self);

    std::unique_ptr<SSL_CTX, free_tls> default_;
    std::vector<named> named_;
};

/// The trust and the certificate for connections that we open; immutable as well. Sessions keep
/// what they need of it by themselves.
class tls_client {
  public:
    static std::shared_ptr<const tls_client> load(
        const tls_client_options& options, std::string& error
    );
    SSL_CTX* context() const { return context_.get(); }

  private:
    std::unique_ptr<SSL_CTX, free_tls> context_;
};

/// OpenSSL's newest complaint of this thread, and forgets all of them.
std::string take_tls_error();

}  // namespace sipha::shell
