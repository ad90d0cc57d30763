#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string>
#include <system_error>

#include "tests/proxy/shell/client_socket.hpp"
#include "tests/proxy/shell/worker.hpp"

namespace sipha::shell::test {

namespace {

sip::hop to_udp(std::uint16_t port) {
    return {0, {sip::transport::udp, loopback(), port}, 0};
}

bool has_failed(const journal& seen, std::uint64_t token) {
    return std::any_of(seen.failures.begin(), seen.failures.end(), [&](const auto& each) {
        return each.token == token;
    });
}

}  // namespace

TEST(UdpSocket, ABatchOfAThousandDatagramsIsAnsweredCompletely) {
    echo_machine machine;
    worker proxy(machine, one_listener(sip::transport::udp));
    auto phone = client_socket::udp(proxy.port());
    // All of them wait in the kernel before the worker looks for the first time.
    for (int i = 0; i < 1000; ++i) {
        ASSERT_TRUE(phone.send("datagram " + std::to_string(i)));
    }
    proxy.run();
    for (int i = 0; i < 1000; ++i) {
        ASSERT_EQ(phone.receive(), "datagram " + std::to_string(i));
    }
    const auto counts = proxy.counts();
    EXPECT_EQ(counts.udp_received, 1000U);
    EXPECT_EQ(counts.udp_sent, 1000U);
    EXPECT_EQ(counts.machine_steps, 1000U);
}

TEST(UdpSocket, TheSourceAndTheListenerAreReported) {
    echo_machine machine;
    auto options = one_listener(sip::transport::udp);
    options.listeners.push_back(options.listeners[0]);
    worker proxy(machine, options);
    proxy.run();
    auto phone = client_socket::udp(proxy.port(1));
    phone.send("x");
    ASSERT_EQ(phone.receive(), "x");
    const sip::hop expected{1, {sip::transport::udp, loopback(), phone.port()}, 0};
    EXPECT_EQ(machine.snapshot().messages.at(0).from, expected);
}

TEST(UdpSocket, WorksOverIpv6) {
    echo_machine machine(nullptr);
    runtime_options options;
    const auto ip = *geo::ip_address::parse("::1");
    options.listeners.assign(2, {sip::transport::udp, ip, 0, address_presence::required});
    worker proxy(machine, options);
    proxy.run();
    const sip::hop to{0, {sip::transport::udp, ip, proxy.port(1)}, 0};
    proxy.act([&](timing::instant, proxy::effects& out) { out.messages.add(to, 0, "six"); });
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return seen.messages.size() == 1; }));
    const sip::hop expected{1, {sip::transport::udp, ip, proxy.port(0)}, 0};
    EXPECT_EQ(machine.snapshot().messages.at(0).from, expected);
}

TEST(UdpSocket, AClosedPortIsLearntOverIpv6Too) {
    echo_machine machine(nullptr);
    runtime_options options;
    const auto ip = *geo::ip_address::parse("::1");
    options.listeners.push_back({sip::transport::udp, ip, 0, address_presence::required});
    worker proxy(machine, options);
    proxy.run();
    const sip::hop to{0, {sip::transport::udp, ip, closed_udp_port()}, 0};
    proxy.act([&](timing::instant, proxy::effects& out) { out.messages.add(to, 6, "anyone?"); });
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return has_failed(seen, 6); }));
}

TEST(UdpSocket, ADatagramToAClosedPortFailsWithItsToken) {
    echo_machine machine;
    worker proxy(machine, one_listener(sip::transport::udp));
    proxy.run();
    const auto to = to_udp(closed_udp_port());
    proxy.act([&](timing::instant, proxy::effects& out) { out.messages.add(to, 77, "anyone?"); });
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return has_failed(seen, 77); }));
    EXPECT_EQ(machine.snapshot().failures.at(0).to, to);
}

TEST(UdpSocket, AnErrorOfOneDestinationDoesNotHitTheNext) {
    echo_machine machine;
    worker proxy(machine, one_listener(sip::transport::udp));
    proxy.run();
    auto phone = client_socket::udp(0);
    const auto closed = to_udp(closed_udp_port());
    const auto open = to_udp(phone.port());
    // The kernel reports the first datagram's ICMP error to whatever the socket does next.
    proxy.act([&](timing::instant, proxy::effects& out) {
        for (std::uint64_t i = 0; i < 20; ++i) {
            out.messages.add(closed, 100 + i, "lost");
            out.messages.add(open, 200 + i, "arrives");
        }
    });
    for (int i = 0; i < 20; ++i) {
        ASSERT_EQ(phone.receive(), "arrives");
    }
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return seen.failures.size() >= 20; }));
    std::set<std::uint64_t> failed;
    for (const auto& each : machine.snapshot().failures) {
        EXPECT_EQ(each.to, closed);
        EXPECT_TRUE(failed.insert(each.token).second) << "reported twice: " << each.token;
    }
    EXPECT_EQ(*failed.begin(), 100U);
    EXPECT_EQ(*failed.rbegin(), 119U);
    EXPECT_EQ(proxy.counts().udp_send_errors, 0U);
}

TEST(UdpSocket, AnIcmpErrorIsNoBusyLoop) {
    echo_machine machine;
    worker proxy(machine, one_listener(sip::transport::udp));
    proxy.run();
    const auto to = to_udp(closed_udp_port());
    proxy.act([&](timing::instant, proxy::effects& out) { out.messages.add(to, 1, "anyone?"); });
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return has_failed(seen, 1); }));
    auto phone = client_socket::udp(proxy.port());
    for (int i = 0; i < 50; ++i) {
        phone.send("still there?");
        ASSERT_EQ(phone.receive(), "still there?");
    }
    const auto counts = proxy.counts();
    EXPECT_EQ(counts.machine_steps, 51U);
    EXPECT_LE(counts.udp_wakeups, 60U);
}

TEST(UdpSocket, ADatagramThatTheStackRefusesFailsAtOnce) {
    echo_machine machine;
    worker proxy(machine, one_listener(sip::transport::udp));
    proxy.run();
    auto phone = client_socket::udp(0);
    const std::string too_long(65508, 'x');  // one more than IPv4 and UDP can carry
    proxy.act([&](timing::instant, proxy::effects& out) {
        out.messages.add(to_udp(phone.port()), 5, too_long);
        out.messages.add(to_udp(phone.port()), 6, "short");
    });
    EXPECT_EQ(phone.receive(), "short");
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return has_failed(seen, 5); }));
    EXPECT_FALSE(has_failed(machine.snapshot(), 6));
    EXPECT_EQ(proxy.counts().udp_send_errors, 1U);
}

TEST(UdpSocket, ADatagramOverTheLimitIsCountedAndDropped) {
    echo_machine machine;
    auto options = one_listener(sip::transport::udp);
    options.udp.max_datagram_bytes = 1000;
    worker proxy(machine, options);
    proxy.run();
    auto phone = client_socket::udp(proxy.port());
    phone.send(std::string(1001, 'a'));
    phone.send(std::string(1000, 'b'));
    EXPECT_EQ(phone.receive(), std::string(1000, 'b'));
    EXPECT_EQ(machine.snapshot().messages.size(), 1U);
    EXPECT_EQ(proxy.counts().udp_dropped_oversize, 1U);
}

TEST(UdpSocket, AMessageForAListenerThatIsNoneFails) {
    echo_machine machine;
    worker proxy(machine, one_listener(sip::transport::tcp));
    proxy.run();
    auto to = to_udp(5060);
    proxy.act([&](timing::instant, proxy::effects& out) { out.messages.add(to, 8, "x"); });
    to.listener = 9;
    proxy.act([&](timing::instant, proxy::effects& out) { out.messages.add(to, 9, "x"); });
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return has_failed(seen, 9); }));
    EXPECT_TRUE(has_failed(machine.snapshot(), 8));
    EXPECT_EQ(proxy.counts().send_no_such_listener, 2U);
}

TEST(UdpSocket, AnAddressInUseIsNamedInTheError) {
    echo_machine machine;
    worker first(machine, one_listener(sip::transport::udp));
    auto options = one_listener(sip::transport::udp);
    options.listeners[0].port = first.port();
    runtime second(machine, options);
    try {
        second.start();
        FAIL() << "two processes share a UDP port";
    } catch (const std::system_error& error) {
        const auto address = "udp:127.0.0.1:" + std::to_string(first.port());
        EXPECT_NE(std::string(error.what()).find(address), std::string::npos) << error.what();
        EXPECT_EQ(error.code().value(), EADDRINUSE);
    }
}

TEST(UdpSocket, AnAddressThatComesLaterCanBeBound) {
    echo_machine machine;
    auto options = one_listener(sip::transport::udp);
    options.listeners[0].ip = *geo::ip_address::parse("192.0.2.77");
    EXPECT_THROW(runtime(machine, options).start(), std::system_error);
    options.listeners[0].presence = address_presence::may_come_later;
    EXPECT_NO_THROW(runtime(machine, options).start());
    options.listeners[0].transport = sip::transport::tcp;
    EXPECT_NO_THROW(runtime(machine, options).start());
}

}  // namespace sipha::shell::test
