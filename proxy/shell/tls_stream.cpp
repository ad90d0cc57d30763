#include "proxy/shell/tls_stream.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <new>

#include "proxy/shell/tls_identity.hpp"

namespace sipha::shell {

namespace {

int descriptor_of(BIO* bio) {
    return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

bool is_passing(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

int bio_read(BIO* bio, char* into, int size) {
    BIO_clear_retry_flags(bio);
    const auto count =
        ::recv(descriptor_of(bio), into, static_cast<std::size_t>(size), MSG_DONTWAIT);
    if (count < 0 && is_passing(errno)) {
        BIO_set_retry_read(bio);
    } else if (count == 0) {
        BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    }
    return static_cast<int>(count);
}

int bio_write(BIO* bio, const char* from, int size) {
    BIO_clear_retry_flags(bio);
    // OpenSSL's own socket BIO uses write(2), which a closed peer turns into SIGPIPE.
    const auto count = ::send(
        descriptor_of(bio), from, static_cast<std::size_t>(size), MSG_DONTWAIT | MSG_NOSIGNAL
    );
    if (count < 0 && is_passing(errno)) {
        BIO_set_retry_write(bio);
    }
    return static_cast<int>(count);
}

long bio_control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_EOF) {
        return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    }
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

int bio_create(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
}

/// Lives as long as the process: sessions of all workers use it.
BIO_METHOD* socket_method() {
    static BIO_METHOD* const made = [] {
        auto* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sipha socket");
        BIO_meth_set_read(method, bio_read);
        BIO_meth_set_write(method, bio_write);
        BIO_meth_set_ctrl(method, bio_control);
        BIO_meth_set_create(method, bio_create);
        return method;
    }();
    return made;
}

int clamped(std::size_t size) {
    return static_cast<int>(std::min<std::size_t>(size, INT_MAX));
}

}  // namespace

tls_stream::tls_stream(int descriptor, std::shared_ptr<const tls_server> server)
    : server_(std::move(server)), session_(SSL_new(server_->context())) {
    attach(descriptor);
    SSL_set_accept_state(session_.get());
}

tls_stream::tls_stream(
    int descriptor, std::shared_ptr<const tls_client> client, expectation expected
)
    : session_(SSL_new(client->context())), expected_(std::move(expected)) {
    attach(descriptor);
    SSL_set_connect_state(session_.get());
    if (!expected_.domain.empty()) {
        // RFC 6066 3: the domain asked for, which is also what the certificate must name.
        SSL_set_tlsext_host_name(session_.get(), expected_.domain.c_str());
    }
}

void tls_stream::attach(int descriptor) {
    auto* bio = session_ ? BIO_new(socket_method()) : nullptr;
    if (bio == nullptr) {
        throw std::bad_alloc();
    }
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(descriptor)));
    SSL_set_bio(session_.get(), bio, bio);
}

stream_outcome tls_stream::outcome_of(int result) {
    switch (SSL_get_error(session_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            return stream_outcome::want_read;
        case SSL_ERROR_WANT_WRITE:
            return stream_outcome::want_write;
        case SSL_ERROR_ZERO_RETURN:
            return stream_outcome::ended;
        default:
            return stream_outcome::failed;
    }
}

stream_outcome tls_stream::handshake() {
    ERR_clear_error();
    const int result = SSL_do_handshake(session_.get());
    if (result != 1) {
        const auto outcome = outcome_of(result);
        if (outcome == stream_outcome::want_read || outcome == stream_outcome::want_write) {
            return outcome;
        }
        const auto verdict = SSL_get_verify_result(session_.get());
        error_text_ = verdict != X509_V_OK    ? X509_verify_cert_error_string(verdict)
                      : ERR_peek_error() != 0 ? take_tls_error()
                                              : "the peer closed the connection";
        return stream_outcome::failed;
    }
    return check_peer() ? stream_outcome::done : stream_outcome::failed;
}

bool tls_stream::check_peer() {
    const auto* certificate = SSL_get0_peer_certificate(session_.get());
    if (certificate == nullptr) {
        return server_ != nullptr;  // a client need not have shown one, or the handshake had failed
    }
    const auto names = names_of(*certificate);
    peer_identity_ = identity_of(names);
    if (server_) {
        return true;
    }
    const bool is_right = expected_.domain.empty() ? proves_address(names, expected_.address)
                                                   : proves_domain(names, expected_.domain);
    if (!is_right) {
        error_text_ = "the certificate does not name " +
                      (expected_.domain.empty() ? expected_.address.to_string() : expected_.domain);
    }
    return is_right;
}

stream_result tls_stream::read(std::span<char> buffer) {
    ERR_clear_error();
    const int count = SSL_read(session_.get(), buffer.data(), clamped(buffer.size()));
    if (count > 0) {
        return {stream_outcome::done, static_cast<std::size_t>(count)};
    }
    return {outcome_of(count)};
}

stream_result tls_stream::write(std::string_view bytes) {
    ERR_clear_error();
    const int count = SSL_write(session_.get(), bytes.data(), clamped(bytes.size()));
    if (count > 0) {
        return {stream_outcome::done, static_cast<std::size_t>(count)};
    }
    return {outcome_of(count)};
}

void tls_stream::end_sending() {
    ERR_clear_error();
    SSL_shutdown(session_.get());
}

}  // namespace sipha::shell
