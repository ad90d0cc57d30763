#include "proxy/txn/invite_server.hpp"

#include <gtest/gtest.h>

#include "tests/proxy/txn/drive.hpp"

namespace sipha::txn {
namespace {

using state = invite_server::state;
using milliseconds = std::vector<std::chrono::milliseconds>;

invite_server make(reliability transport, time_point) {
    return {defaults, transport};
}

/// A machine that reached `wanted` at `start`; "confirmed" exists on unreliable transports only.
invite_server in(state wanted, reliability transport) {
    auto machine = make(transport, start);
    switch (wanted) {
        case state::proceeding:
            break;
        case state::completed:
            machine.on_response(486, start);
            break;
        case state::confirmed:
            machine.on_response(486, start);
            machine.on_ack(start);
            break;
        case state::accepted:
            machine.on_response(200, start);
            break;
        case state::terminated:
            machine.on_response(200, start);
            machine.on_timer(start + 1h);
            break;
    }
    EXPECT_EQ(machine.current(), wanted);
    return machine;
}

constexpr event timer{event_kind::timer};
constexpr event transport_error{event_kind::transport_error};
constexpr event invite{event_kind::request};
constexpr event ack{event_kind::ack};
constexpr event response(int status) {
    return {event_kind::response, status};
}

/// Timer events come when the earliest timer is due.
void check(const std::vector<arrow<invite_server, server_actions>>& arrows, reliability transport) {
    for (const auto& [from, what, actions, to] : arrows) {
        SCOPED_TRACE(testing::PrintToString(what) + " in state " + std::to_string(int(from)));
        auto machine = in(from, transport);
        const auto due = machine.deadline() == never ? start + 1h : machine.deadline();
        const auto now = what.kind == event_kind::timer ? due : start + 1ms;
        EXPECT_EQ(apply(machine, what, now), actions);
        EXPECT_EQ(machine.current(), to);
        if (to == state::terminated || to == state::proceeding) {
            EXPECT_EQ(machine.deadline(), never);
        }
    }
}

constexpr server_actions nothing{};
constexpr server_actions send{.send_response = true};
constexpr server_actions resend{.resend_response = true};
constexpr server_actions ack_up{.pass_ack_up = true};
constexpr server_actions refused{.refused = true};
constexpr server_actions failed{.transport_failed = true};
constexpr server_actions expired{.timed_out = true, .terminated = true};
constexpr server_actions ended{.terminated = true};

const std::vector<arrow<invite_server, server_actions>> common_arrows = {
    // RFC 3261 figure 7, RFC 6026 8.7: proceeding
    {state::proceeding, invite, resend, state::proceeding},
    {state::proceeding, response(100), send, state::proceeding},
    {state::proceeding, response(199), send, state::proceeding},
    {state::proceeding, response(200), send, state::accepted},
    {state::proceeding, response(299), send, state::accepted},
    {state::proceeding, response(300), send, state::completed},
    {state::proceeding, response(699), send, state::completed},
    {state::proceeding, response(99), refused, state::proceeding},
    {state::proceeding, response(700), refused, state::proceeding},
    {state::proceeding, ack, nothing, state::proceeding},
    {state::proceeding, transport_error, failed, state::proceeding},
    {state::proceeding, timer, nothing, state::proceeding},
    // completed
    {state::completed, invite, resend, state::completed},
    {state::completed, response(180), refused, state::completed},
    {state::completed, response(200), refused, state::completed},
    {state::completed, response(486), refused, state::completed},
    {state::completed, transport_error, failed, state::completed},
    // accepted (RFC 6026 7.1)
    {state::accepted, invite, nothing, state::accepted},
    {state::accepted, response(200), send, state::accepted},
    {state::accepted, response(299), send, state::accepted},
    {state::accepted, response(180), refused, state::accepted},
    {state::accepted, response(486), refused, state::accepted},
    {state::accepted, response(700), refused, state::accepted},
    {state::accepted, ack, ack_up, state::accepted},
    {state::accepted, transport_error, failed, state::accepted},
    {state::accepted, timer, ended, state::terminated},
    // terminated
    {state::terminated, invite, nothing, state::terminated},
    {state::terminated, response(100), refused, state::terminated},
    {state::terminated, response(200), refused, state::terminated},
    {state::terminated, response(486), refused, state::terminated},
    {state::terminated, ack, nothing, state::terminated},
    {state::terminated, transport_error, nothing, state::terminated},
    {state::terminated, timer, nothing, state::terminated},
};

TEST(InviteServer, FollowsEveryArrowOnBothTransports) {
    check(common_arrows, udp);
    check(common_arrows, tcp);
}

TEST(InviteServer, FollowsTheArrowsOfUnreliableTransports) {
    check(
        {
            {state::completed, timer, resend, state::completed},
            {state::completed, ack, nothing, state::confirmed},
            {state::confirmed, invite, nothing, state::confirmed},
            {state::confirmed, ack, nothing, state::confirmed},
            {state::confirmed, response(180), refused, state::confirmed},
            {state::confirmed, response(200), refused, state::confirmed},
            {state::confirmed, response(486), refused, state::confirmed},
            {state::confirmed, transport_error, nothing, state::confirmed},
            {state::confirmed, timer, ended, state::terminated},
        },
        udp
    );
}

TEST(InviteServer, FollowsTheArrowsOfReliableTransports) {
    check(
        {
            {state::completed, timer, expired, state::terminated},
            {state::completed, ack, ended, state::terminated},
        },
        tcp
    );
}

TEST(InviteServer, TimerGDoublesUpToT2UntilTimerH) {
    const auto times = times_when(in(state::completed, udp), [](const server_actions& actions) {
        return actions == resend;
    });
    const milliseconds expected = {
        500ms, 1500ms, 3500ms, 7500ms, 11500ms, 15500ms, 19500ms, 23500ms, 27500ms, 31500ms};
    EXPECT_EQ(times, expected);
}

TEST(InviteServer, TimerHReportsAMissingAckAfter64T1) {
    for (const auto transport : {udp, tcp}) {
        const auto timeouts =
            times_when(in(state::completed, transport), [](const server_actions& actions) {
                return actions == expired;
            });
        EXPECT_EQ(timeouts, milliseconds{32s});
    }
}

TEST(InviteServer, NothingIsRetransmittedOnAReliableTransport) {
    EXPECT_EQ(in(state::completed, tcp).deadline(), start + 32s);
}

TEST(InviteServer, TimerIStartsWithTheFirstAck) {
    auto machine = in(state::completed, udp);
    machine.on_ack(start + 3s);
    EXPECT_EQ(machine.deadline(), start + 8s);
    machine.on_ack(start + 6s);
    EXPECT_EQ(machine.deadline(), start + 8s) << "a retransmitted ACK must not prolong Timer I";
}

TEST(InviteServer, TimerLStartsWithTheFirst2xx) {
    for (const auto transport : {udp, tcp}) {
        auto machine = make(transport, start);
        machine.on_response(200, start + 60s);
        EXPECT_EQ(machine.deadline(), start + 92s);
        machine.on_response(200, start + 80s);
        EXPECT_EQ(machine.deadline(), start + 92s) << "a further 2xx must not prolong Timer L";
    }
}

TEST(InviteServer, UsesTheConfiguredTimers) {
    const timer_values values{.t1 = 100ms, .t2 = 150ms, .t4 = 7s};
    invite_server machine(values, udp);
    machine.on_response(486, start);
    EXPECT_EQ(machine.deadline(), start + 100ms);
    machine.on_timer(start + 100ms);
    EXPECT_EQ(machine.deadline(), start + 250ms);
    machine.on_ack(start);
    EXPECT_EQ(machine.deadline(), start + 7s);
}

TEST(InviteServer, EarlyTimerCallsChangeNothing) {
    for (const auto wanted : {state::completed, state::confirmed, state::accepted}) {
        auto machine = in(wanted, udp);
        const auto before = machine.save(start);
        EXPECT_EQ(machine.on_timer(machine.deadline() - 1ns), nothing);
        EXPECT_EQ(machine.save(start), before);
    }
}

TEST(InviteServer, RestoredMachineContinuesAtAnyPointUnderAnotherClock) {
    const std::vector<event> events = {
        response(100),
        response(180),
        response(200),
        response(486),
        response(999),
        invite,
        ack,
        ack,
        timer,
        timer,
        timer,
        transport_error};
    const auto in_udp = check_restored_machines<invite_server>(make, udp, events);
    EXPECT_EQ(in_udp.size(), 5u) << "not every state was saved";
    const auto in_tcp = check_restored_machines<invite_server>(make, tcp, events);
    EXPECT_EQ(in_tcp.size(), 4u) << "not every state was saved";
}

TEST(InviteServer, ImpossibleSnapshotsAreRefused) {
    const auto restore = [](const snapshot& saved) {
        return invite_server::restore(saved, defaults, udp, start);
    };
    for (int number = 5; number < 256; ++number) {
        EXPECT_FALSE(restore({.state = static_cast<std::uint8_t>(number), .expires_in = 1s}));
    }
    for (const auto timed : {state::completed, state::confirmed, state::accepted}) {
        EXPECT_FALSE(restore({.state = static_cast<std::uint8_t>(timed)}));
        EXPECT_TRUE(restore({.state = static_cast<std::uint8_t>(timed), .expires_in = 1s}));
    }
    EXPECT_TRUE(restore({.state = static_cast<std::uint8_t>(state::proceeding)}));
    EXPECT_TRUE(restore({.state = static_cast<std::uint8_t>(state::terminated)}));
}

TEST(InviteServer, RetransmissionsOfASnapshotStopOnAReliableTransport) {
    const auto saved = in(state::completed, udp).save(start);
    const auto moved = invite_server::restore(saved, defaults, tcp, start);
    ASSERT_TRUE(moved);
    EXPECT_EQ(moved->deadline(), start + 32s);
}

TEST(InviteServer, TimersOfASnapshotThatItsStateDoesNotRunAreDropped) {
    const auto deadline_in = [](state at) {
        const snapshot saved{
            .state = static_cast<std::uint8_t>(at),
            .retransmit_in = 1s,
            .interval = 1s,
            .expires_in = 9s};
        return invite_server::restore(saved, defaults, udp, start)->deadline();
    };
    EXPECT_EQ(deadline_in(state::proceeding), never);
    EXPECT_EQ(deadline_in(state::confirmed), start + 9s);
    EXPECT_EQ(deadline_in(state::accepted), start + 9s);
    EXPECT_EQ(deadline_in(state::terminated), never);
}

}  // namespace
}  // namespace sipha::txn
