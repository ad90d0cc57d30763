#include "proxy/shell/runtime.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "tests/proxy/shell/client_socket.hpp"
#include "tests/proxy/shell/worker.hpp"

namespace sipha::shell::test {

namespace {

using std::chrono::milliseconds;
using clock = std::chrono::steady_clock;

/// Asks for the targets of one name with each message.
void ask_resolver(timing::instant, const proxy::input& what, proxy::effects& out) {
    if (std::holds_alternative<proxy::sip_received>(what)) {
        out.resolves.push_back({42, "sip:example.com"});
    }
}

/// Answers from a thread of its own, or at once.
class fake_resolver final : public resolver_port {
  public:
    enum class mode { at_once, from_thread };
    explicit fake_resolver(mode how) : how_(how) {}
    ~fake_resolver() override {
        if (thread_.joinable()) {
            thread_.join();
        }
    }
    void resolve(proxy::resolve_request request, std::function<void(proxy::resolved)> answer)
        override {
        proxy::resolved found{request.query, {{sip::transport::udp, loopback(), 5070}}, {}};
        if (how_ == mode::at_once) {
            answer(std::move(found));
        } else {
            thread_ = std::thread([found, answer] { answer(found); });
        }
    }

  private:
    mode how_;
    std::thread thread_;
};

bool has_resolution(const journal& seen) {
    return !seen.resolutions.empty();
}

}  // namespace

TEST(Runtime, TheTimerFiresAtTheDeadlineWithoutABusyLoop) {
    echo_machine machine;
    worker node(machine, {});
    const auto due = clock::now() + milliseconds(100);
    machine.set_deadline(due);
    node.run();
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return seen.ticks == 1; }));
    EXPECT_GE(clock::now(), due);
    const auto counts = node.counts();
    EXPECT_EQ(counts.machine_steps, 1U);
    EXPECT_EQ(counts.machine_ticks, 1U);
}

TEST(Runtime, ADeadlineThatMovesNearerIsKept) {
    echo_machine machine;
    machine.set_deadline(clock::now() + std::chrono::hours(1));
    worker node(machine, {});
    node.run();
    node.get().post([&] { machine.set_deadline(clock::now() + milliseconds(20)); });
    EXPECT_TRUE(machine.wait_for([](const journal& seen) { return seen.ticks == 1; }));
}

TEST(Runtime, ADeadlineThatMovesAwayCausesNoTick) {
    echo_machine machine;
    machine.set_deadline(clock::now() + milliseconds(30));
    worker node(machine, {});
    node.get().post([&] { machine.set_deadline(clock::now() + milliseconds(120)); });
    const auto not_before = clock::now() + milliseconds(120);
    node.run();
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return seen.ticks == 1; }));
    EXPECT_GE(clock::now(), not_before);
    EXPECT_EQ(node.counts().machine_steps, 1U);
}

TEST(Runtime, ADeadlineStuckInThePastIsNoBusyLoop) {
    /// Never moves its deadline.
    class stuck final : public proxy::machine {
      public:
        void step(timing::instant, const proxy::input&, proxy::effects&) override {}
        timing::time_point next_deadline() const override { return timing::time_point{}; }
    };
    stuck machine;
    worker node(machine, {});
    const auto begun = clock::now();
    node.run();
    std::uint64_t ticks = 0;
    while (ticks < 20) {
        ticks = node.counts().machine_ticks;
    }
    const auto passed = std::chrono::duration_cast<milliseconds>(clock::now() - begun);
    EXPECT_LE(static_cast<std::int64_t>(ticks), passed.count() + 2);
}

TEST(Runtime, WithoutResolverAQueryIsAnsweredWithTheReason) {
    echo_machine machine(ask_resolver);
    worker node(machine, one_listener(sip::transport::udp));
    node.run();
    client_socket::udp(node.port()).send("x");
    ASSERT_TRUE(machine.wait_for(has_resolution));
    const auto answer = machine.snapshot().resolutions.at(0);
    EXPECT_EQ(answer.query, 42U);
    EXPECT_TRUE(answer.targets.empty());
    EXPECT_EQ(answer.reason, "no resolver");
}

TEST(Runtime, AResolverMayAnswerAtOnceOrFromAnotherThread) {
    for (const auto how : {fake_resolver::mode::at_once, fake_resolver::mode::from_thread}) {
        echo_machine machine(ask_resolver);
        fake_resolver resolver(how);
        worker node(machine, one_listener(sip::transport::udp), &resolver);
        node.run();
        client_socket::udp(node.port()).send("x");
        ASSERT_TRUE(machine.wait_for(has_resolution));
        EXPECT_EQ(machine.snapshot().resolutions.at(0).query, 42U);
        EXPECT_EQ(machine.snapshot().resolutions.at(0).targets.size(), 1U);
    }
}

TEST(Runtime, AMachineThatAnswersEveryFailureWithASendStarvesNobody) {
    const sip::hop nowhere{9, {sip::transport::udp, loopback(), 5060}, 0};
    const auto stubborn =
        [nowhere](timing::instant now, const proxy::input& what, proxy::effects& out) {
            echo_machine::echo(now, what, out);
            if (std::holds_alternative<proxy::send_failed>(what)) {
                out.messages.add(nowhere, 1, "again");
            }
        };
    echo_machine machine(stubborn);
    worker node(machine, one_listener(sip::transport::udp));
    node.run();
    node.act([&](timing::instant, proxy::effects& out) { out.messages.add(nowhere, 1, "first"); });
    auto phone = client_socket::udp(node.port());
    phone.send("me too");
    EXPECT_EQ(phone.receive(), "me too");
}

TEST(Runtime, LogEffectsReachTheSink) {
    std::vector<std::string> lines;
    echo_machine machine;
    runtime node(machine, {}, nullptr, [&](const proxy::log_line& line) {
        lines.push_back(line.text);
    });
    node.start();
    node.post([&] {
        node.act([](timing::instant, proxy::effects& out) {
            out.log.push_back({proxy::log_level::warn, "event=test"});
        });
    });
    node.stop();
    node.run();
    EXPECT_EQ(lines, std::vector<std::string>{"event=test"});
}

TEST(Runtime, AStopWritesWhatIsQueued) {
    echo_machine machine(nullptr);
    auto options = one_listener(sip::transport::tcp);
    options.tcp.max_write_queue_bytes = 20'000'000;
    options.tcp.close_grace = milliseconds(1);  // for closing single flows; a stop has its own
    options.stop_grace = std::chrono::seconds(20);
    worker node(machine, options);
    node.run();
    auto phone = client_socket::tcp(node.port());
    phone.send(stream_message("hello"));
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return !seen.messages.empty(); }));
    const auto to = machine.snapshot().messages.at(0).from;
    const std::string large(16'000'000, 'l');
    node.act([&](timing::instant, proxy::effects& out) { out.messages.add(to, 0, large); });
    node.get().stop();
    EXPECT_EQ(phone.receive_bytes(large.size()).size(), large.size());
    node.stop();
}

TEST(Runtime, AStopWaitsForAPeerThatDoesNotReadOnlySoLong) {
    echo_machine machine(nullptr);
    auto options = one_listener(sip::transport::tcp);
    options.tcp.max_write_queue_bytes = 20'000'000;
    options.stop_grace = milliseconds(50);
    worker node(machine, options);
    node.run();
    auto phone = client_socket::narrow_tcp(node.port());
    phone.send(stream_message("hello"));
    ASSERT_TRUE(machine.wait_for([](const journal& seen) { return !seen.messages.empty(); }));
    const auto to = machine.snapshot().messages.at(0).from;
    node.act([&](timing::instant, proxy::effects& out) {
        out.messages.add(to, 0, std::string(16'000'000, 'l'));
    });
    const auto begun = clock::now();
    node.stop();
    EXPECT_GE(clock::now() - begun, milliseconds(50));
    EXPECT_LT(clock::now() - begun, std::chrono::seconds(10));
}

TEST(Runtime, ASignalStopsIt) {
    echo_machine machine;
    runtime node(machine, one_listener(sip::transport::udp));
    node.start();
    node.stop_on_signals();
    ASSERT_EQ(::raise(SIGTERM), 0);
    node.run();
    SUCCEED() << "run returned";
}

TEST(Runtime, ATlsListenerWithoutACertificateIsRefusedByName) {
    echo_machine machine;
    runtime node(machine, one_listener(sip::transport::wss));
    try {
        node.start();
        FAIL() << "wss was accepted";
    } catch (const std::system_error& error) {
        EXPECT_NE(std::string(error.what()).find("wss:127.0.0.1:0"), std::string::npos);
    }
}

}  // namespace sipha::shell::test
