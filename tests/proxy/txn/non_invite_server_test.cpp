#include "proxy/txn/non_invite_server.hpp"

#include <gtest/gtest.h>

#include "tests/proxy/txn/drive.hpp"

namespace sipha::txn {
namespace {

using state = non_invite_server::state;
using milliseconds = std::vector<std::chrono::milliseconds>;

non_invite_server make(reliability transport, time_point now) {
    return {defaults, transport, now};
}

/// A machine that reached `wanted`; it was made so that its 100 may be sent at `start`.
/// "completed" exists on unreliable transports only.
non_invite_server in(state wanted, reliability transport) {
    auto machine = make(transport, start - 3500ms);
    switch (wanted) {
        case state::trying:
            break;
        case state::proceeding:
            machine.on_response(100, start);
            break;
        case state::completed:
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
constexpr event request{event_kind::request};
constexpr event response(int status) {
    return {event_kind::response, status};
}

/// Timer events come when the earliest timer is due.
void check(
    const std::vector<arrow<non_invite_server, server_actions>>& arrows, reliability transport
) {
    for (const auto& [from, what, actions, to] : arrows) {
        SCOPED_TRACE(testing::PrintToString(what) + " in state " + std::to_string(int(from)));
        auto machine = in(from, transport);
        const auto due = machine.deadline() == never ? start + 1h : machine.deadline();
        const auto now = what.kind == event_kind::timer ? due : start + 1ms;
        if (what.kind == event_kind::response) {
            EXPECT_EQ(machine.may_send(what.status, now), actions.send_response);
        }
        EXPECT_EQ(apply(machine, what, now), actions);
        EXPECT_EQ(machine.current(), to);
        if (to == state::terminated || to == state::proceeding) {
            EXPECT_EQ(machine.deadline(), never);
        }
    }
}

constexpr server_actions nothing{};
constexpr server_actions send{.send_response = true};
constexpr server_actions send_and_end{.send_response = true, .terminated = true};
constexpr server_actions resend{.resend_response = true};
constexpr server_actions refused{.refused = true};
constexpr server_actions failed{.transport_failed = true};
constexpr server_actions trying_due{.trying_due = true};
constexpr server_actions ended{.terminated = true};

const std::vector<arrow<non_invite_server, server_actions>> common_arrows = {
    // RFC 3261 figure 8, RFC 4320: trying
    {state::trying, request, nothing, state::trying},
    {state::trying, response(100), send, state::proceeding},
    {state::trying, response(101), refused, state::trying},
    {state::trying, response(180), refused, state::trying},
    {state::trying, response(408), refused, state::trying},
    {state::trying, response(99), refused, state::trying},
    {state::trying, response(700), refused, state::trying},
    {state::trying, transport_error, nothing, state::trying},
    {state::trying, timer, trying_due, state::trying},
    // proceeding
    {state::proceeding, request, resend, state::proceeding},
    {state::proceeding, response(100), send, state::proceeding},
    {state::proceeding, response(183), refused, state::proceeding},
    {state::proceeding, response(408), refused, state::proceeding},
    {state::proceeding, response(0), refused, state::proceeding},
    {state::proceeding, transport_error, failed, state::proceeding},
    {state::proceeding, timer, nothing, state::proceeding},
    // terminated
    {state::terminated, request, nothing, state::terminated},
    {state::terminated, response(100), refused, state::terminated},
    {state::terminated, response(200), refused, state::terminated},
    {state::terminated, response(486), refused, state::terminated},
    {state::terminated, transport_error, nothing, state::terminated},
    {state::terminated, timer, nothing, state::terminated},
};

TEST(NonInviteServer, FollowsEveryArrowOnBothTransports) {
    check(common_arrows, udp);
    check(common_arrows, tcp);
}

TEST(NonInviteServer, FollowsTheArrowsOfUnreliableTransports) {
    check(
        {
            {state::trying, response(200), send, state::completed},
            {state::trying, response(300), send, state::completed},
            {state::trying, response(407), send, state::completed},
            {state::trying, response(409), send, state::completed},
            {state::trying, response(699), send, state::completed},
            {state::proceeding, response(200), send, state::completed},
            {state::proceeding, response(486), send, state::completed},
            {state::completed, request, resend, state::completed},
            {state::completed, response(100), refused, state::completed},
            {state::completed, response(200), refused, state::completed},
            {state::completed, response(486), refused, state::completed},
            {state::completed, transport_error, failed, state::completed},
            {state::completed, timer, ended, state::terminated},
        },
        udp
    );
}

TEST(NonInviteServer, FollowsTheArrowsOfReliableTransports) {
    check(
        {
            {state::trying, response(200), send_and_end, state::terminated},
            {state::trying, response(699), send_and_end, state::terminated},
            {state::proceeding, response(200), send_and_end, state::terminated},
            {state::proceeding, response(486), send_and_end, state::terminated},
        },
        tcp
    );
}

TEST(NonInviteServer, A100OverUdpWaitsUntilTimerEReachesT2) {
    auto machine = make(udp, start);
    EXPECT_FALSE(machine.may_send(100, start + 3500ms - 1ns));
    EXPECT_EQ(machine.on_response(100, start + 3500ms - 1ns), refused);
    EXPECT_EQ(machine.deadline(), start + 3500ms) << "a refused 100 must not lose the due one";
    EXPECT_TRUE(machine.may_send(100, start + 3500ms));
    EXPECT_EQ(machine.on_response(100, start + 3500ms), send);
}

TEST(NonInviteServer, A100OverAReliableTransportMayComeAtOnce) {
    auto machine = make(tcp, start);
    EXPECT_EQ(machine.on_response(100, start), send);
    EXPECT_EQ(machine.current(), state::proceeding);
}

TEST(NonInviteServer, TheDue100IsAskedForOnceOnEveryTransport) {
    for (const auto transport : {udp, tcp}) {
        const auto asked = times_when(make(transport, start), [](const server_actions& actions) {
            return actions == trying_due;
        });
        EXPECT_EQ(asked, milliseconds{3500ms});
    }
}

TEST(NonInviteServer, A100StaysAllowedAfterItWasAskedFor) {
    auto machine = make(udp, start);
    machine.on_timer(start + 3500ms);
    EXPECT_TRUE(machine.may_send(100, start + 3500ms));
    EXPECT_EQ(machine.on_response(100, start + 9s), send);
}

TEST(NonInviteServer, AFinalResponseCancelsTheDue100) {
    auto machine = make(udp, start);
    machine.on_response(200, start + 1s);
    EXPECT_EQ(machine.deadline(), start + 33s);
    EXPECT_EQ(machine.on_timer(start + 33s), ended);
}

TEST(NonInviteServer, TimerJIsNotProlongedByRetransmissions) {
    auto machine = make(udp, start);
    machine.on_response(200, start + 1s);
    machine.on_request();
    machine.on_response(200, start + 20s);
    EXPECT_EQ(machine.deadline(), start + 33s);
}

TEST(NonInviteServer, UsesTheConfiguredTimers) {
    const timer_values values{.t1 = 100ms, .t2 = 400ms};
    non_invite_server machine(values, udp, start);
    EXPECT_EQ(machine.deadline(), start + 300ms);
    machine.on_response(200, start);
    EXPECT_EQ(machine.deadline(), start + 6400ms);
}

TEST(NonInviteServer, EarlyTimerCallsChangeNothing) {
    for (const auto wanted : {state::trying, state::completed}) {
        auto machine = in(wanted, udp);
        const auto before = machine.save(start);
        EXPECT_EQ(machine.on_timer(machine.deadline() - 1ns), nothing);
        EXPECT_EQ(machine.save(start), before);
    }
}

TEST(NonInviteServer, RestoredMachineContinuesAtAnyPointUnderAnotherClock) {
    const std::vector<event> events = {
        response(100),
        response(100),
        response(180),
        response(200),
        response(408),
        response(999),
        request,
        timer,
        timer,
        timer,
        transport_error};
    const auto in_udp = check_restored_machines<non_invite_server>(make, udp, events);
    EXPECT_EQ(in_udp.size(), 4u) << "not every state was saved";
    const auto in_tcp = check_restored_machines<non_invite_server>(make, tcp, events);
    EXPECT_EQ(in_tcp.size(), 3u) << "not every state was saved";
}

TEST(NonInviteServer, ImpossibleSnapshotsAreRefused) {
    const auto restore = [](const snapshot& saved) {
        return non_invite_server::restore(saved, defaults, udp, start);
    };
    for (int number = 4; number < 256; ++number) {
        EXPECT_FALSE(restore({.state = static_cast<std::uint8_t>(number), .expires_in = 1s}));
    }
    EXPECT_FALSE(restore({.state = static_cast<std::uint8_t>(state::completed)}));
    for (const auto open : {state::trying, state::proceeding, state::terminated}) {
        EXPECT_TRUE(restore({.state = static_cast<std::uint8_t>(open)}));
    }
}

TEST(NonInviteServer, TimersOfASnapshotThatItsStateDoesNotRunAreDropped) {
    const auto deadline_in = [](state at) {
        const snapshot saved{
            .state = static_cast<std::uint8_t>(at),
            .retransmit_in = 1s,
            .interval = 1s,
            .expires_in = 9s};
        return non_invite_server::restore(saved, defaults, udp, start)->deadline();
    };
    EXPECT_EQ(deadline_in(state::trying), start + 1s);
    EXPECT_EQ(deadline_in(state::proceeding), never);
    EXPECT_EQ(deadline_in(state::completed), start + 9s);
    EXPECT_EQ(deadline_in(state::terminated), never);
}

}  // namespace
}  // namespace sipha::txn
