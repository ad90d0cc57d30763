#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>

#include "proxy/shell/tls_identity.hpp"
#include "tests/proxy/shell/client_socket.hpp"
#include "tests/proxy/shell/test_certificates.hpp"
#include "tests/proxy/shell/worker.hpp"

namespace sipha::shell::test {

namespace {

/// Made once: keys take time.
test_certificates& files() {
    static test_certificates made;
    static const bool is_made = [] {
        made.make("edge", "edge", "DNS:edge.example.com,IP:127.0.0.1");
        made.make("uri", "x", "URI:sip:example.com");
        made.make("wrong-uri", "example.com", "URI:sip:other.example");
        made.make("user-uri", "example.com", "URI:sip:bob@example.com");
        made.make("dns", "x", "DNS:Example.COM");
        made.make("target", "x", "DNS:sip1.example.com");
        made.make("wildcard", "x", "DNS:*.example.com,DNS:*");
        made.make("common", "example.com", "");
        made.make("expired", "x", "DNS:example.com", -1);
        made.make_untrusted("untrusted", "DNS:example.com");
        return true;
    }();
    static_cast<void>(is_made);
    return made;
}

certificate_files pair(std::string_view name) {
    return {files().certificate(name), files().key(name)};
}

runtime_options tls_options(sip::transport transport = sip::transport::tls) {
    auto options = one_listener(transport);
    auto& tls = options.listeners[0].tls.emplace();
    tls.identity = pair("edge");
    options.tls_client.ca = files().ca();
    return options;
}

/// A blocking TLS client over a client_socket.
class tls_client_socket {
  public:
    explicit tls_client_socket(
        std::uint16_t port,
        const char* identity = nullptr,
        const char* name = nullptr,
        int most = TLS1_3_VERSION
    )
        : socket_(client_socket::tcp(port)), context_(SSL_CTX_new(TLS_client_method())) {
        SSL_CTX_set_security_level(context_.get(), 0);
        SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context_.get(), most);
        if (identity != nullptr) {
            const auto own = pair(identity);
            SSL_CTX_use_certificate_chain_file(context_.get(), own.certificate.c_str());
            SSL_CTX_use_PrivateKey_file(context_.get(), own.key.c_str(), SSL_FILETYPE_PEM);
        }
        session_.reset(SSL_new(context_.get()));
        SSL_set_fd(session_.get(), socket_.descriptor());
        if (name != nullptr) {
            SSL_set_tlsext_host_name(session_.get(), name);
        }
        is_connected_ = SSL_connect(session_.get()) == 1;
    }
    ~tls_client_socket() { ERR_clear_error(); }

    bool is_connected() const { return is_connected_; }
    bool send(std::string_view bytes) {
        return SSL_write(session_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
    }
    std::string receive_bytes(std::size_t count) {
        std::string out;
        std::array<char, 4096> buffer;
        while (out.size() < count) {
            const int got = SSL_read(session_.get(), buffer.data(), buffer.size());
            if (got <= 0) {
                break;
            }
            out.append(buffer.data(), static_cast<std::size_t>(got));
        }
        return out;
    }
    /// The first DNS name of the server's certificate.
    std::string server_name() const {
        const auto* shown = SSL_get0_peer_certificate(session_.get());
        return shown == nullptr ? "" : identity_of(names_of(*shown));
    }
    client_socket& socket() { return socket_; }
    SSL* session() { return session_.get(); }

  private:
    client_socket socket_;
    std::unique_ptr<SSL_CTX, free_tls> context_;
    std::unique_ptr<SSL, free_tls> session_;
    bool is_connected_ = false;
};

/// Runs a proxy with `server` as its certificate and sends to it from another one that asked for
/// example.com. @returns whether the message arrived.
bool is_reached(std::string_view server, std::uint16_t name = 1) {
    echo_machine far_machine(nullptr);
    auto far_options = tls_options();
    far_options.listeners[0].tls->identity = pair(server);
    worker far(far_machine, far_options);
    far.run();
    echo_machine machine(nullptr);
    worker proxy(machine, tls_options());
    proxy.run();
    const sip::hop to{0, {sip::transport::tls, loopback(), far.port()}, 0, name};
    proxy.act([&](timing::instant, proxy::effects& out) {
        out.names.push_back({1, "example.com"});
        out.messages.add(to, 9, stream_message("over tls"));
    });
    const bool has_failed = !machine.wait_for(
        [&](const journal& seen) { return !seen.failures.empty(); }, std::chrono::milliseconds(0)
    );
    static_cast<void>(has_failed);
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < limit) {
        if (!far_machine.snapshot().messages.empty()) {
            return machine.snapshot().failures.empty();
        }
        if (!machine.snapshot().failures.empty()) {
            EXPECT_EQ(machine.snapshot().failures[0].token, 9U);
            return false;
        }
    }
    ADD_FAILURE() << "neither sent nor failed";
    return false;
}

}  // namespace

TEST(Tls, MessagesGoBothWaysAndCarryNoIdentityWithoutACertificate) {
    echo_machine machine;
    worker proxy(machine, tls_options());
    proxy.run();
    tls_client_socket phone(proxy.port());
    ASSERT_TRUE(phone.is_connected());
    const auto both = stream_message("first", 40'000) + stream_message("second");
    ASSERT_TRUE(phone.send(both));
    EXPECT_EQ(phone.receive_bytes(both.size()), both);
    EXPECT_EQ(machine.snapshot().messages.at(0).from.remote.transport, sip::transport::tls);
    ASSERT_TRUE(phone.send("\r\n\r\n"));
    EXPECT_EQ(phone.receive_bytes(2), "\r\n");
    EXPECT_EQ(proxy.counts().tls_handshakes, 1U);
}

// RFC 5922 7.1, 7.2
TEST(Tls, AServerMustNameTheDomainThatWasAskedFor) {
    EXPECT_TRUE(is_reached("uri"));
    EXPECT_TRUE(is_reached("dns"));
    EXPECT_TRUE(is_reached("common"));
    EXPECT_FALSE(is_reached("wrong-uri"));
    EXPECT_FALSE(is_reached("user-uri"));
    EXPECT_FALSE(is_reached("target"));
    EXPECT_FALSE(is_reached("wildcard"));
    EXPECT_FALSE(is_reached("expired"));
    EXPECT_FALSE(is_reached("untrusted"));
}

TEST(Tls, AServerAskedForByAddressMustNameTheAddress) {
    EXPECT_TRUE(is_reached("edge", 0));
    EXPECT_FALSE(is_reached("dns", 0));
}

TEST(Tls, AConnectionServesNoOtherDomain) {
    echo_machine far_machine(nullptr);
    auto far_options = tls_options();
    far_options.listeners[0].tls->identity = pair("uri");
    worker far(far_machine, far_options);
    far.run();
    echo_machine machine(nullptr);
    worker proxy(machine, tls_options());
    proxy.run();
    const sip::endpoint remote{sip::transport::tls, loopback(), far.port()};
    const auto send = [&](std::uint16_t name, std::uint64_t token) {
        proxy.act([&](timing::instant, proxy::effects& out) {
            out.names.push_back({1, "example.com"});
            out.names.push_back({2, "evil.example"});
            out.messages.add({0, remote, 0, name}, token, stream_message("m"));
        });
    };
    proxy.act([](timing::instant, proxy::effects& out) {
        out.names.push_back({1, "example.com"});
    });
    send(1, 5);
    ASSERT_TRUE(far_machine.wait_for([](const journal& seen) { return seen.messages.size() == 1; })
    );
    send(2, 6);
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return !seen.failures.empty(); }));
    EXPECT_EQ(machine.snapshot().failures[0].token, 6U);
    EXPECT_EQ(far_machine.snapshot().messages.size(), 1U);
}

TEST(Tls, ClientsProveWhoTheyAreWhenTheListenerAsks) {
    echo_machine machine;
    auto options = tls_options();
    options.listeners[0].tls->ca = files().ca();
    options.listeners[0].tls->verify = client_verification::required;
    std::string identity;
    echo_machine proving([&](timing::instant now, const proxy::input& what, proxy::effects& out) {
        if (const auto* got = std::get_if<proxy::sip_received>(&what)) {
            identity = got->peer_identity;
        }
        echo_machine::echo(now, what, out);
    });
    worker proxy(proving, options);
    proxy.run();
    tls_client_socket trunk(proxy.port(), "uri");
    const auto message = stream_message("trunk");
    ASSERT_TRUE(trunk.send(message));
    EXPECT_EQ(trunk.receive_bytes(message.size()), message);
    tls_client_socket stranger(proxy.port());
    stranger.send(message);
    EXPECT_EQ(stranger.receive_bytes(1), "");
    tls_client_socket forger(proxy.port(), "untrusted");
    forger.send(message);
    EXPECT_EQ(forger.receive_bytes(1), "");
    EXPECT_EQ(proxy.counts().tls_handshake_failed, 2U);
    proxy.stop();
    EXPECT_EQ(identity, "example.com");
}

TEST(Tls, OldVersionsAndRenegotiationAreRefused) {
    echo_machine machine;
    worker proxy(machine, tls_options());
    proxy.run();
    EXPECT_FALSE(tls_client_socket(proxy.port(), nullptr, nullptr, TLS1_1_VERSION).is_connected());
    tls_client_socket phone(proxy.port(), nullptr, nullptr, TLS1_2_VERSION);
    ASSERT_TRUE(phone.is_connected());
    EXPECT_EQ(SSL_get_current_compression(phone.session()), nullptr);
    SSL_renegotiate(phone.session());
    EXPECT_NE(SSL_do_handshake(phone.session()), 1);
}

TEST(Tls, TheCertificateFollowsTheNameAskedFor) {
    echo_machine machine;
    auto options = tls_options();
    options.listeners[0].tls->sni.push_back({"sip1.example.com", pair("target")});
    worker proxy(machine, options);
    proxy.run();
    EXPECT_EQ(
        tls_client_socket(proxy.port(), nullptr, "SIP1.example.com").server_name(),
        "sip1.example.com"
    );
    EXPECT_EQ(
        tls_client_socket(proxy.port(), nullptr, "other.example").server_name(), "edge.example.com"
    );
    EXPECT_EQ(tls_client_socket(proxy.port()).server_name(), "edge.example.com");
}

TEST(Tls, CertificatesAreReplacedWhileOldConnectionsGoOn) {
    test_certificates own;
    own.make("edge", "x", "DNS:one.example");
    own.make("next", "x", "DNS:two.example");
    echo_machine machine;
    auto options = tls_options();
    options.listeners[0].tls->identity = {own.certificate("edge"), own.key("edge")};
    worker proxy(machine, options);
    proxy.run();
    tls_client_socket phone(proxy.port());
    EXPECT_EQ(phone.server_name(), "one.example");
    const auto reload = [&] {
        std::string error;
        proxy.act([&](timing::instant, proxy::effects&) {
            error = proxy.get().reload_certificates();
        });
        return error;
    };
    own.replace("edge", "next");
    EXPECT_EQ(reload(), "");
    EXPECT_EQ(tls_client_socket(proxy.port()).server_name(), "two.example");
    own.replace("edge", "ca");
    std::string().swap(options.listeners[0].tls->ca);
    ASSERT_EQ(std::remove(own.key("edge").c_str()), 0);
    EXPECT_NE(reload().find("edge.key"), std::string::npos);
    EXPECT_EQ(tls_client_socket(proxy.port()).server_name(), "two.example");
    const auto message = stream_message("old connection");
    ASSERT_TRUE(phone.send(message));
    EXPECT_EQ(phone.receive_bytes(message.size()), message);
}

TEST(Tls, AHandshakeThatDoesNotEndIsCutOff) {
    echo_machine machine;
    auto options = tls_options();
    options.tcp.handshake_timeout = std::chrono::milliseconds(50);
    worker proxy(machine, options);
    proxy.run();
    auto silent = client_socket::tcp(proxy.port());
    EXPECT_TRUE(silent.wait_for_end());
    EXPECT_EQ(proxy.counts().tcp_handshake_timeout, 1U);
    auto plain = client_socket::tcp(proxy.port());
    plain.send(stream_message("not tls"));
    EXPECT_TRUE(plain.wait_for_end());
    EXPECT_EQ(proxy.counts().tls_handshake_failed, 1U);
    EXPECT_TRUE(machine.snapshot().messages.empty());
}

TEST(Tls, HandshakesUnderWayAreCapped) {
    echo_machine machine;
    auto options = tls_options();
    options.tcp.max_handshakes = 1;
    worker proxy(machine, options);
    proxy.run();
    auto slow = client_socket::tcp(proxy.port());
    while (proxy.counts().tcp_accepted == 0) {
    }
    auto second = client_socket::tcp(proxy.port());
    EXPECT_TRUE(second.wait_for_end());
    EXPECT_EQ(proxy.counts().tls_refused_handshake_cap, 1U);
    slow.reset();
    while (proxy.counts().tls_handshake_failed == 0) {
    }
    EXPECT_TRUE(tls_client_socket(proxy.port()).is_connected());
}

TEST(Tls, AMissingFileStopsTheStartWithItsName) {
    echo_machine machine;
    auto options = tls_options();
    options.listeners[0].tls->identity.key = "/nonexistent.key";
    try {
        worker proxy(machine, options);
        FAIL() << "it started";
    } catch (const std::system_error& error) {
        EXPECT_NE(std::string(error.what()).find("/nonexistent.key"), std::string::npos);
    }
}

TEST(WebSocket, APhoneInABrowserTalksOverItsOwnFlow) {
    echo_machine machine;
    worker proxy(machine, tls_options(sip::transport::wss));
    proxy.run();
    tls_client_socket phone(proxy.port());
    ASSERT_TRUE(
        phone.send("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\n"
                   "Sec-WebSocket-Version: 13\r\n\r\n")
    );
    const std::string answer =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: sip\r\n\r\n";
    ASSERT_EQ(phone.receive_bytes(answer.size()), answer);
    ASSERT_TRUE(phone.send(std::string("\x81\x85\0\0\0\0hello", 11)));
    EXPECT_EQ(phone.receive_bytes(7), "\x81\x05hello");
    EXPECT_EQ(machine.snapshot().messages.at(0).bytes, "hello");
    EXPECT_EQ(machine.snapshot().messages.at(0).from.remote.transport, sip::transport::wss);
    proxy.act([&](timing::instant, proxy::effects& out) {
        out.close_flows.push_back(machine.snapshot().messages.at(0).from.flow);
    });
    EXPECT_EQ(phone.receive_bytes(4), "\x88\x02\x03\xe9");
}

TEST(WebSocket, APlainPortAnswersHttpAndNothingIsOpenedFromHere) {
    echo_machine machine;
    worker proxy(machine, one_listener(sip::transport::ws));
    proxy.run();
    auto browser = client_socket::tcp(proxy.port());
    browser.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(browser.receive_bytes(12).substr(0, 12), "HTTP/1.1 426");
    proxy.act([&](timing::instant, proxy::effects& out) {
        out.messages.add({0, {sip::transport::ws, loopback(), 9}, 0}, 3, "x");
    });
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return seen.failures.size() == 1; }));
}

TEST(StreamLimits, ARegisteredPhoneMayBeSilentForLonger) {
    echo_machine machine;
    auto options = one_listener(sip::transport::tcp);
    options.tcp.idle_timeout = std::chrono::milliseconds(100);
    worker proxy(machine, options);
    proxy.run();
    auto phone = client_socket::tcp(proxy.port());
    const auto message = stream_message("hello");
    phone.send(message);
    ASSERT_EQ(phone.receive_bytes(message.size()), message);
    const auto begun = std::chrono::steady_clock::now();
    proxy.act([&](timing::instant now, proxy::effects& out) {
        const auto flow = machine.snapshot().messages.at(0).from.flow;
        out.holds.push_back({flow, now.mono + std::chrono::milliseconds(400)});
    });
    EXPECT_TRUE(phone.wait_for_end());
    EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(400));
}

TEST(StreamLimits, WhatCannotBeFramedIsAnsweredThenClosed) {
    echo_machine machine;
    worker proxy(machine, one_listener(sip::transport::tcp));
    proxy.run();
    auto phone = client_socket::tcp(proxy.port());
    phone.send(
        "INVITE sip:b@example.org SIP/2.0\r\nVia: SIP/2.0/TCP a;branch=z9hG4bK1\r\n"
        "From: <sip:a@b>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n"
        "Content-Length: 99999999\r\n\r\n"
    );
    EXPECT_EQ(phone.receive_bytes(11).substr(0, 11), "SIP/2.0 413");
    EXPECT_TRUE(phone.wait_for_end());
    EXPECT_EQ(proxy.counts().tcp_closed_framing, 1U);
}

// RFC 5626 8
TEST(UdpStun, AKeepaliveIsAnsweredByTheShell) {
    echo_machine machine;
    worker proxy(machine, one_listener(sip::transport::udp));
    proxy.run();
    auto phone = client_socket::udp(proxy.port());
    phone.send(std::string(
        "\x00\x01\x00\x00\x21\x12\xa4\x42"
        "abcdefghijkl",
        20
    ));
    const auto answer = phone.receive();
    ASSERT_EQ(answer.size(), 32U);
    EXPECT_EQ(answer.substr(8, 12), "abcdefghijkl");
    const auto port =
        static_cast<unsigned char>(answer[26]) << 8 | static_cast<unsigned char>(answer[27]);
    EXPECT_EQ(port ^ 0x2112, phone.port());
    EXPECT_EQ(proxy.counts().udp_stun_answered, 1U);
    EXPECT_EQ(machine.snapshot().steps, 0U);
}

}  // namespace sipha::shell::test
