#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/proxy/shell/client_socket.hpp"
#include "tests/proxy/shell/worker.hpp"

namespace sipha::shell::test {

namespace {

using std::chrono::milliseconds;
using clock = std::chrono::steady_clock;

}  // namespace

TEST(TcpLimits, AMessageThatDoesNotEndIsCutOff) {
    echo_machine machine;
    auto options = one_listener(sip::transport::tcp);
    options.tcp.message_timeout = milliseconds(80);
    worker proxy(machine, options);
    proxy.run();
    auto phone = client_socket::tcp(proxy.port());
    const auto begun = clock::now();
    ASSERT_TRUE(phone.send("OPTIONS sip:exa"));
    EXPECT_TRUE(phone.wait_for_end());
    EXPECT_GE(clock::now() - begun, milliseconds(80));
    EXPECT_EQ(proxy.counts().tcp_closed_slow_message, 1U);
    EXPECT_EQ(proxy.counts().tcp_closed_idle, 0U);
}

TEST(TcpLimits, TheClockOfASlowMessageRunsFromItsFirstByte) {
    echo_machine machine;
    auto options = one_listener(sip::transport::tcp);
    options.tcp.message_timeout = milliseconds(150);
    worker proxy(machine, options);
    proxy.run();
    auto phone = client_socket::tcp(proxy.port());
    ASSERT_TRUE(phone.send(stream_message("whole") + "OPTIONS"));
    ASSERT_FALSE(phone.receive_bytes(stream_message("whole").size()).empty());
    // Bytes that keep coming do not buy time: the connection ends while they are being sent.
    const auto limit = clock::now() + std::chrono::seconds(20);
    while (proxy.counts().tcp_closed_slow_message == 0 && clock::now() < limit) {
        phone.send("x");
    }
    EXPECT_EQ(proxy.counts().tcp_closed_slow_message, 1U);
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return seen.closed_flows.size() == 1; })
    );
}

TEST(TcpLimits, LineEndsBetweenMessagesAreNoSlowMessage) {
    echo_machine machine;
    auto options = one_listener(sip::transport::tcp);
    options.tcp.message_timeout = milliseconds(20);
    options.tcp.idle_timeout = milliseconds(200);
    worker proxy(machine, options);
    proxy.run();
    auto phone = client_socket::tcp(proxy.port());
    ASSERT_TRUE(phone.send("\r\n"));
    EXPECT_TRUE(phone.wait_for_end());
    EXPECT_EQ(proxy.counts().tcp_closed_slow_message, 0U);
    EXPECT_EQ(proxy.counts().tcp_closed_idle, 1U);
}

TEST(TcpLimits, BytesInEitherDirectionKeepAConnection) {
    echo_machine machine(nullptr);
    auto options = one_listener(sip::transport::tcp);
    options.tcp.idle_timeout = milliseconds(300);
    worker proxy(machine, options);
    proxy.run();
    auto phone = client_socket::tcp(proxy.port());
    phone.send(stream_message("hello"));
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return !seen.messages.empty(); }));
    const auto to = machine.snapshot().messages.at(0).from;
    const auto until = clock::now() + milliseconds(900);
    while (clock::now() < until) {
        proxy.act([&](timing::instant, proxy::effects& out) { out.messages.add(to, 0, "k"); });
        ASSERT_EQ(phone.receive_bytes(1).empty(), false);
    }
    const auto silent_since = clock::now();
    EXPECT_TRUE(phone.wait_for_end());
    EXPECT_GE(clock::now() - silent_since, milliseconds(200));
    EXPECT_EQ(proxy.counts().tcp_closed_idle, 1U);
}

TEST(TcpLimits, AConnectThatHangsFailsAfterItsLimit) {
    echo_machine machine(nullptr);
    auto options = one_listener(sip::transport::tcp);
    options.tcp.connect_timeout = milliseconds(60);
    worker proxy(machine, options);
    proxy.run();
    // A listener whose backlog is full lets further connects wait for ever.
    auto server = client_socket::tcp_server();
    server.listen_with_full_backlog();
    const sip::hop to{0, {sip::transport::tcp, loopback(), server.port()}, 0};
    proxy.act([&](timing::instant, proxy::effects& out) {
        out.messages.add(to, 31, "one");
        out.messages.add(to, 32, "two");
    });
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return seen.failures.size() == 2; }));
    EXPECT_EQ(proxy.counts().tcp_connect_timeout, 1U);
}

TEST(TcpLimits, APeerThatNeverReadsIsClosedAtTheWriteBound) {
    echo_machine machine(nullptr);
    auto options = one_listener(sip::transport::tcp);
    options.tcp.max_write_queue_bytes = 100'000;
    worker proxy(machine, options);
    proxy.run();
    auto phone = client_socket::narrow_tcp(proxy.port());
    phone.send(stream_message("hello"));
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return !seen.messages.empty(); }));
    const auto to = machine.snapshot().messages.at(0).from;
    const std::string chunk(10'000, 'x');
    std::uint64_t token = 0;
    // The kernel takes a few megabytes at most before our own queue begins to fill.
    while (token < 5000 && machine.snapshot().closed_flows.empty()) {
        ++token;
        proxy.act([&](timing::instant, proxy::effects& out) { out.messages.add(to, token, chunk); }
        );
    }
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return seen.closed_flows.size() == 1; })
    );
    const auto seen = machine.snapshot();
    EXPECT_EQ(proxy.counts().tcp_closed_queue_full, 1U);
    // The messages that were waiting fail, and those after the end of the flow.
    EXPECT_GE(seen.failures.size(), 10U);
    EXPECT_LE(seen.failures.size(), 13U);
}

TEST(TcpLimits, AMessageLargerThanTheWriteBoundFails) {
    echo_machine machine(nullptr);
    auto options = one_listener(sip::transport::tcp);
    options.tcp.max_write_queue_bytes = 100;
    worker proxy(machine, options);
    proxy.run();
    auto phone = client_socket::tcp(proxy.port());
    phone.send(stream_message("hello"));
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return !seen.messages.empty(); }));
    const auto to = machine.snapshot().messages.at(0).from;
    proxy.act([&](timing::instant, proxy::effects& out) {
        out.messages.add(to, 1, std::string(100, 'x'));
    });
    EXPECT_EQ(phone.receive_bytes(100), std::string(100, 'x'));
    proxy.act([&](timing::instant, proxy::effects& out) {
        out.messages.add(to, 2, std::string(101, 'x'));
    });
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return seen.failures.size() == 1; }));
    EXPECT_EQ(machine.snapshot().failures[0].token, 2U);
}

TEST(TcpLimits, ASourceCannotTakeMoreThanItsShare) {
    echo_machine machine;
    auto options = one_listener(sip::transport::tcp);
    options.tcp.max_connections_per_source = 2;
    options.tcp.close_grace = milliseconds(10);
    worker proxy(machine, options);
    proxy.run();
    const auto message = stream_message("hello");
    auto first = client_socket::tcp(proxy.port());
    auto second = client_socket::tcp(proxy.port());
    auto third = client_socket::tcp(proxy.port());
    EXPECT_TRUE(third.wait_for_end());
    first.send(message);
    EXPECT_EQ(first.receive_bytes(message.size()), message);
    second.send(message);
    EXPECT_EQ(second.receive_bytes(message.size()), message);
    EXPECT_EQ(proxy.counts().tcp_refused_source_cap, 1U);
    // A place that becomes free can be taken again.
    first.reset();
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return seen.closed_flows.size() == 1; })
    );
    auto fourth = client_socket::tcp(proxy.port());
    fourth.send(message);
    EXPECT_EQ(fourth.receive_bytes(message.size()), message);
}

TEST(TcpLimits, TheTotalIsCapped) {
    echo_machine machine(nullptr);
    auto options = one_listener(sip::transport::tcp);
    options.tcp.max_connections = 1;
    worker proxy(machine, options);
    proxy.run();
    auto first = client_socket::tcp(proxy.port());
    first.send("\r\n\r\n");
    ASSERT_EQ(first.receive_bytes(2), "\r\n");
    auto second = client_socket::tcp(proxy.port());
    EXPECT_TRUE(second.wait_for_end());
    EXPECT_EQ(proxy.counts().tcp_refused_total_cap, 1U);
    const sip::hop to{0, {sip::transport::tcp, loopback(), 5060}, 0};
    proxy.act([&](timing::instant, proxy::effects& out) { out.messages.add(to, 7, "x"); });
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return seen.failures.size() == 1; }));
    EXPECT_EQ(proxy.counts().send_connection_cap, 1U);
}

TEST(TcpLimits, AcceptingGoesOnAfterDescriptorsRanOut) {
    echo_machine machine;
    auto options = one_listener(sip::transport::tcp);
    options.tcp.accept_pause = milliseconds(20);
    worker proxy(machine, options);
    proxy.run();
    auto phone = client_socket::tcp(proxy.port());
    phone.send("\r\n\r\n");
    ASSERT_EQ(phone.receive_bytes(2), "\r\n");
    auto waiting = client_socket::unconnected_tcp();
    rlimit normal{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &normal), 0);
    rlimit none = normal;
    none.rlim_cur = 3;  // every new descriptor would have a higher number
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    waiting.connect(proxy.port());
    std::uint64_t pauses = 0;
    const auto limit = clock::now() + std::chrono::seconds(20);
    while (pauses < 2 && clock::now() < limit) {
        pauses = proxy.counts().accept_paused;
    }
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &normal), 0);
    EXPECT_EQ(pauses, 2U);
    const auto message = stream_message("patient");
    waiting.send(message);
    EXPECT_EQ(waiting.receive_bytes(message.size()), message);
}

}  // namespace sipha::shell::test
