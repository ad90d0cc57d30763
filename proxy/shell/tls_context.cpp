#include "proxy/shell/tls_context.hpp"

#include <openssl/err.h>

#include <array>

#include "proxy/sip/text.hpp"

namespace sipha::shell {

namespace {

using context = std::unique_ptr<SSL_CTX, free_tls>;

/// Forward secrecy and authenticated encryption; TLS 1.3 has nothing else.
constexpr const char* tls12_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

/// An encrypted key must not make OpenSSL ask at the terminal.
int no_password(char*, int, int, void*) {
    return 0;
}

context make_context(const SSL_METHOD* method) {
    context out(SSL_CTX_new(method));
    if (!out) {
        return out;
    }
    SSL_CTX_set_min_proto_version(out.get(), TLS1_2_VERSION);
    SSL_CTX_set_options(
        out.get(),
        // A missing close_notify cuts off no message unnoticed: their lengths are framed.
        SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF |
            SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_TICKET
    );
    SSL_CTX_set_mode(
        out.get(),
        SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
            SSL_MODE_RELEASE_BUFFERS
    );
    // A resumed session would skip the look at the certificate.
    SSL_CTX_set_session_cache_mode(out.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(out.get(), 0);
    SSL_CTX_set_cipher_list(out.get(), tls12_ciphers);
    SSL_CTX_set_default_passwd_cb(out.get(), no_password);
    return out;
}

bool complain(std::string& error, std::string_view what, const std::string& file) {
    error = "cannot load " + std::string(what) + " '" + file + "': " + take_tls_error();
    return false;
}

bool load_identity(SSL_CTX* into, const certificate_files& files, std::string& error) {
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(into, files.certificate.c_str()) != 1) {
        return complain(error, "the certificate", files.certificate);
    }
    if (SSL_CTX_use_PrivateKey_file(into, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
        return complain(error, "the key", files.key);
    }
    if (SSL_CTX_check_private_key(into) != 1) {
        return complain(error, "the key, which is not that of the certificate,", files.key);
    }
    return true;
}

bool load_cas(SSL_CTX* into, const std::string& file, std::string& error) {
    ERR_clear_error();
    if (SSL_CTX_load_verify_file(into, file.c_str()) != 1) {
        return complain(error, "the CA file", file);
    }
    return true;
}

bool apply_verification(SSL_CTX* to, const tls_server_options& options, std::string& error) {
    if (options.verify == client_verification::none) {
        return true;
    }
    if (!load_cas(to, options.ca, error)) {
        return false;
    }
    // The names of the CAs tell a client which of its certificates to show.
    SSL_CTX_set_client_CA_list(to, SSL_load_client_CA_file(options.ca.c_str()));
    const int must =
        options.verify == client_verification::required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
    SSL_CTX_set_verify(to, SSL_VERIFY_PEER | must, nullptr);
    return true;
}

context load_server(
    const tls_server_options& options, const certificate_files& identity, std::string& error
) {
    auto out = make_context(TLS_server_method());
    if (!out) {
        error = "cannot make a TLS context: " + take_tls_error();
        return out;
    }
    if (!load_identity(out.get(), identity, error) ||
        !apply_verification(out.get(), options, error)) {
        out.reset();
    }
    return out;
}

}  // namespace

std::string take_tls_error() {
    const auto code = ERR_peek_last_error();
    ERR_clear_error();
    if (code == 0) {
        return "unknown reason";
    }
    if (const char* reason = ERR_reason_error_string(code)) {
        return reason;
    }
    std::array<char, 256> text{};
    ERR_error_string_n(code, text.data(), text.size());
    return text.data();
}

std::shared_ptr<const tls_server> tls_server::load(
    const tls_server_options& options, std::string& error
) {
    const auto out = std::make_shared<tls_server>();
    out->default_ = load_server(options, options.identity, error);
    if (!out->default_) {
        return nullptr;
    }
    for (const auto& each : options.sni) {
        auto loaded = load_server(options, each.identity, error);
        if (!loaded) {
            return nullptr;
        }
        out->named_.push_back({each.name, std::move(loaded)});
    }
    SSL_CTX_set_tlsext_servername_callback(out->default_.get(), &tls_server::choose);
    SSL_CTX_set_tlsext_servername_arg(out->default_.get(), out.get());
    return out;
}

int tls_server::choose(SSL* session, int*, void* self) {
    const char* asked = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
    if (asked == nullptr) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    for (const auto& each : static_cast<const tls_server*>(self)->named_) {
        if (sip::equal_ignoring_case(each.name, asked)) {
            SSL_set_SSL_CTX(session, each.context.get());
            return SSL_TLSEXT_ERR_OK;
        }
    }
    // RFC 6066 3: going on with the default certificate leaves the judgement to the client.
    return SSL_TLSEXT_ERR_NOACK;
}

std::shared_ptr<const tls_client> tls_client::load(
    const tls_client_options& options, std::string& error
) {
    const auto out = std::make_shared<tls_client>();
    out->context_ = make_context(TLS_client_method());
    if (!out->context_) {
        error = "cannot make a TLS context: " + take_tls_error();
        return nullptr;
    }
    auto* const made = out->context_.get();
    if (options.ca.empty()) {
        SSL_CTX_set_default_verify_paths(made);
    } else if (!load_cas(made, options.ca, error)) {
        return nullptr;
    }
    if (!options.identity.certificate.empty() && !load_identity(made, options.identity, error)) {
        return nullptr;
    }
    SSL_CTX_set_verify(made, SSL_VERIFY_PEER, nullptr);
    return out;
}

}  // namespace sipha::shell
