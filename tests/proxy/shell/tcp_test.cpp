#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/proxy/shell/client_socket.hpp"
#include "tests/proxy/shell/worker.hpp"

namespace sipha::shell::test {

namespace {

sip::hop to_tcp(std::uint16_t port, sip::flow_id flow = 0) {
    return {0, {sip::transport::tcp, loopback(), port}, flow};
}

}  // namespace

TEST(TcpTransport, AMessageInSingleBytesArrivesWhole) {
    echo_machine machine;
    worker proxy(machine, one_listener(sip::transport::tcp));
    proxy.run();
    auto phone = client_socket::tcp(proxy.port());
    const auto message = stream_message("bytes", 20);
    for (const char byte : message) {
        ASSERT_TRUE(phone.send({&byte, 1}));
    }
    EXPECT_EQ(phone.receive_bytes(message.size()), message);
    const auto seen = machine.snapshot();
    ASSERT_EQ(seen.messages.size(), 1U);
    EXPECT_EQ(seen.messages[0].bytes, message);
    EXPECT_EQ(seen.messages[0].from, to_tcp(phone.port(), 1));
}

TEST(TcpTransport, TwoMessagesInOneSegmentAreTwoInputs) {
    echo_machine machine;
    worker proxy(machine, one_listener(sip::transport::tcp));
    proxy.run();
    auto phone = client_socket::tcp(proxy.port());
    const auto both = stream_message("first", 3) + stream_message("second");
    ASSERT_TRUE(phone.send(both));
    EXPECT_EQ(phone.receive_bytes(both.size()), both);
    const auto seen = machine.snapshot();
    ASSERT_EQ(seen.messages.size(), 2U);
    EXPECT_EQ(seen.messages[1].bytes, stream_message("second"));
    EXPECT_EQ(seen.messages[0].from.flow, seen.messages[1].from.flow);
}

TEST(TcpTransport, APingIsAnsweredByTheShell) {
    echo_machine machine;
    worker proxy(machine, one_listener(sip::transport::tcp));
    proxy.run();
    auto phone = client_socket::tcp(proxy.port());
    ASSERT_TRUE(phone.send("\r\n\r\n"));
    EXPECT_EQ(phone.receive_bytes(2), "\r\n");
    EXPECT_EQ(machine.snapshot().steps, 0U);
    EXPECT_EQ(proxy.counts().tcp_pings, 1U);
}

TEST(TcpTransport, AClosedFlowIsReportedOnceAndOnlyIfTheMachineKnowsIt) {
    echo_machine machine;
    auto options = one_listener(sip::transport::tcp);
    options.tcp.close_grace = std::chrono::milliseconds(20);
    worker proxy(machine, options);
    proxy.run();
    auto silent = client_socket::tcp(proxy.port());
    silent.send("\r\n\r\n");
    ASSERT_EQ(silent.receive_bytes(2), "\r\n");
    auto phone = client_socket::tcp(proxy.port());
    phone.send(stream_message("a"));
    ASSERT_EQ(phone.receive_bytes(1).empty(), false);
    silent.close();
    phone.close();
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return !seen.closed_flows.empty(); }));
    // A later connection proves that everything before it has been handled.
    auto last = client_socket::tcp(proxy.port());
    last.send(stream_message("b"));
    ASSERT_FALSE(last.receive_bytes(1).empty());
    last.reset();
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return seen.closed_flows.size() == 2; })
    );
    EXPECT_EQ(machine.snapshot().closed_flows, (std::vector<sip::flow_id>{2, 3}));
    EXPECT_EQ(proxy.counts().tcp_closed_error, 1U);
}

TEST(TcpTransport, AHalfClosedPeerStillGetsItsAnswer) {
    echo_machine machine(nullptr);
    auto options = one_listener(sip::transport::tcp);
    options.tcp.close_grace = std::chrono::seconds(10);
    worker proxy(machine, options);
    proxy.run();
    auto phone = client_socket::tcp(proxy.port());
    phone.send(stream_message("half"));
    phone.shutdown_send();
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return !seen.messages.empty(); }));
    const auto from = machine.snapshot().messages.at(0).from;
    proxy.act([&](timing::instant, proxy::effects& out) { out.messages.add(from, 1, "answer"); });
    EXPECT_EQ(phone.receive_bytes(6), "answer");
    phone.reset();
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return seen.closed_flows.size() == 1; })
    );
}

TEST(TcpTransport, ABrokenStreamIsClosedAndCounted) {
    echo_machine machine;
    worker proxy(machine, one_listener(sip::transport::tcp));
    proxy.run();
    auto phone = client_socket::tcp(proxy.port());
    phone.send("OPTIONS sip:example.com SIP/2.0\r\nContent-Length: many\r\n\r\n");
    EXPECT_TRUE(phone.wait_for_end());
    EXPECT_EQ(proxy.counts().tcp_closed_framing, 1U);
    EXPECT_EQ(machine.snapshot().steps, 0U);
}

TEST(TcpTransport, AConnectionIsOpenedFromTheListenersAddressAndReused) {
    echo_machine machine(nullptr);
    auto options = one_listener(sip::transport::tcp);
    options.listeners[0].ip = *geo::ip_address::parse("127.0.0.7");
    worker proxy(machine, options);
    proxy.run();
    auto server = client_socket::tcp_server();
    server.listen();
    const auto to = to_tcp(server.port());
    proxy.act([&](timing::instant, proxy::effects& out) {
        out.messages.add(to, 1, "one ");
        out.messages.add(to, 2, "two ");
    });
    auto connection = server.accept();
    EXPECT_EQ(connection.receive_bytes(8), "one two ");
    proxy.act([&](timing::instant, proxy::effects& out) { out.messages.add(to, 3, "three"); });
    EXPECT_EQ(connection.receive_bytes(5), "three");
    EXPECT_EQ(connection.peer_address(), "127.0.0.7");
    EXPECT_EQ(proxy.counts().tcp_connected, 1U);
    EXPECT_TRUE(machine.snapshot().failures.empty());
    // What comes back carries the flow of that connection.
    connection.send(stream_message("back"));
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return !seen.messages.empty(); }));
    EXPECT_EQ(machine.snapshot().messages.at(0).from, to_tcp(server.port(), 1));
}

TEST(TcpTransport, AnAcceptedConnectionIsReusedForItsPeer) {
    echo_machine machine;
    worker proxy(machine, one_listener(sip::transport::tcp));
    proxy.run();
    auto phone = client_socket::tcp(proxy.port());
    phone.send(stream_message("in"));
    ASSERT_EQ(phone.receive_bytes(stream_message("in").size()), stream_message("in"));
    const auto to = to_tcp(phone.port());
    proxy.act([&](timing::instant, proxy::effects& out) { out.messages.add(to, 0, "request"); });
    EXPECT_EQ(phone.receive_bytes(7), "request");
    EXPECT_EQ(proxy.counts().tcp_connected, 0U);
}

TEST(TcpTransport, ARefusedConnectFailsAllQueuedTokens) {
    echo_machine machine(nullptr);
    worker proxy(machine, one_listener(sip::transport::tcp));
    proxy.run();
    const auto to = to_tcp(closed_tcp_port());
    proxy.act([&](timing::instant, proxy::effects& out) {
        out.messages.add(to, 1, "one");
        out.messages.add(to, 0, "nobody waits for this one");
        out.messages.add(to, 3, "three");
    });
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return seen.failures.size() == 2; }));
    const auto seen = machine.snapshot();
    EXPECT_EQ(seen.failures[0].token, 1U);
    EXPECT_EQ(seen.failures[1].token, 3U);
    EXPECT_EQ(seen.failures[1].to, to);
    EXPECT_TRUE(seen.closed_flows.empty());
    EXPECT_EQ(proxy.counts().tcp_connect_failed, 1U);
}

TEST(TcpTransport, AMessageForAClosedFlowFails) {
    echo_machine machine(nullptr);
    worker proxy(machine, one_listener(sip::transport::tcp));
    proxy.run();
    const auto to = to_tcp(5060, 4711);
    proxy.act([&](timing::instant, proxy::effects& out) { out.messages.add(to, 9, "late"); });
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return seen.failures.size() == 1; }));
    EXPECT_EQ(machine.snapshot().failures[0].to, to);
    EXPECT_EQ(proxy.counts().send_no_such_flow, 1U);
}

TEST(TcpTransport, ALostConnectionFailsWhatWasSentWithoutAFlow) {
    echo_machine machine(nullptr);
    worker proxy(machine, one_listener(sip::transport::tcp));
    proxy.run();
    auto server = client_socket::tcp_server();
    server.listen();
    const auto to = to_tcp(server.port());
    proxy.act([&](timing::instant, proxy::effects& out) { out.messages.add(to, 21, "request"); });
    auto connection = server.accept();
    ASSERT_EQ(connection.receive_bytes(7), "request");
    connection.reset();
    ASSERT_TRUE(machine.wait_for([](const journal& seen) {
        return seen.failures.size() == 1 && seen.closed_flows.size() == 1;
    }));
    EXPECT_EQ(machine.snapshot().failures[0].token, 21U);
}

TEST(TcpTransport, AFlowClosedByTheMachineDeliversItsLastMessage) {
    const auto answer_and_close = [](timing::instant, const proxy::input& what, proxy::effects& out
                                  ) {
        if (const auto* message = std::get_if<proxy::sip_received>(&what)) {
            out.messages.add(message->from, 0, message->bytes);
            out.close_flows.push_back(message->from.flow);
        }
    };
    echo_machine machine(answer_and_close);
    worker proxy(machine, one_listener(sip::transport::tcp));
    proxy.run();
    auto phone = client_socket::tcp(proxy.port());
    const auto message = stream_message("last", 50'000);
    phone.send(message);
    EXPECT_EQ(phone.receive_bytes(message.size()), message);
    EXPECT_EQ(phone.receive(), "");
    phone.close();
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return seen.closed_flows.size() == 1; })
    );
}

}  // namespace sipha::shell::test
