#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <csignal>

#include "tests/proxy/shell/client_socket.hpp"
#include "tests/proxy/shell/worker.hpp"

namespace sipha::shell::test {

using namespace std::chrono_literals;

TEST(Drain, PhonesConnectionsEndAndALaterOneStays) {
    echo_machine machine;
    worker proxy(machine, one_listener(sip::transport::tcp));
    proxy.run();
    auto phone = client_socket::tcp(proxy.port());
    phone.send(stream_message("first"));
    EXPECT_NE(phone.receive_bytes(stream_message("first").size()), "");
    proxy.act([&](timing::instant, proxy::effects&) { proxy.get().close_accepted_flows(0s); });
    EXPECT_EQ(phone.receive(), "") << "the end of the stream";
    phone.close();
    auto later = client_socket::tcp(proxy.port());
    later.send(stream_message("second"));
    EXPECT_NE(later.receive_bytes(stream_message("second").size()), "")
        << "dialogs go on over new connections";
}

TEST(Drain, APhoneThatTakesNoNoticeIsReset) {
    echo_machine machine;
    auto options = one_listener(sip::transport::tcp);
    options.tcp.close_grace = 20ms;
    worker proxy(machine, options);
    proxy.run();
    auto phone = client_socket::tcp(proxy.port());
    phone.send(stream_message("first"));
    EXPECT_NE(phone.receive_bytes(stream_message("first").size()), "");
    proxy.act([&](timing::instant, proxy::effects&) { proxy.get().close_accepted_flows(0s); });
    EXPECT_EQ(phone.receive(), "");
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return seen.closed_flows.size() == 1; })
    );
    int error = 0;
    socklen_t size = sizeof error;
    ASSERT_EQ(::getsockopt(phone.descriptor(), SOL_SOCKET, SO_ERROR, &error, &size), 0);
    EXPECT_EQ(error, EPIPE) << "what Linux says of a reset after the end of the stream";
}

TEST(Drain, ConnectionsThatWaitForTheirMomentAreKeptAfterAnUndo) {
    echo_machine machine;
    worker proxy(machine, one_listener(sip::transport::tcp));
    proxy.run();
    auto first = client_socket::tcp(proxy.port());
    first.send(stream_message("one"));
    EXPECT_NE(first.receive_bytes(stream_message("one").size()), "");
    auto second = client_socket::tcp(proxy.port());
    second.send(stream_message("two"));
    EXPECT_NE(second.receive_bytes(stream_message("two").size()), "");
    std::size_t left = 0;
    proxy.act([&](timing::instant, proxy::effects&) {
        proxy.get().close_accepted_flows(1h);
        left = proxy.get().flows_to_close();
        proxy.get().keep_accepted_flows();
    });
    EXPECT_EQ(left, 1U) << "the first is closed at once";
    EXPECT_EQ(first.receive(), "");
    second.send(stream_message("two"));
    EXPECT_NE(second.receive_bytes(stream_message("two").size()), "");
}

TEST(Drain, SignalsCallTheirAction) {
    echo_machine machine;
    worker proxy(machine, one_listener(sip::transport::udp));
    std::promise<void> first;
    std::promise<void> second;
    int count = 0;
    proxy.get().on_signal(SIGUSR2, [&] { (++count == 1 ? first : second).set_value(); });
    proxy.run();
    ::raise(SIGUSR2);
    ASSERT_EQ(first.get_future().wait_for(5s), std::future_status::ready);
    ::raise(SIGUSR2);
    EXPECT_EQ(second.get_future().wait_for(5s), std::future_status::ready) << "more than once";
}

TEST(Drain, LaterActionsRunOnTheWorker) {
    echo_machine machine;
    worker proxy(machine, one_listener(sip::transport::udp));
    std::promise<void> done;
    proxy.run();
    proxy.act([&](timing::instant, proxy::effects&) {
        proxy.get().call_later(1ms, [&] { done.set_value(); });
    });
    EXPECT_EQ(done.get_future().wait_for(5s), std::future_status::ready);
}

}  // namespace sipha::shell::test
