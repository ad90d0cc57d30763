#include "proxy/txn/non_invite_client.hpp"

#include <gtest/gtest.h>

#include "tests/proxy/txn/drive.hpp"

namespace sipha::txn {
namespace {

using state = non_invite_client::state;
using milliseconds = std::vector<std::chrono::milliseconds>;

non_invite_client make(reliability transport, time_point now) {
    return {defaults, transport, now};
}

/// A machine that reached `wanted` at `start`; "completed" exists on unreliable transports only.
non_invite_client in(state wanted, reliability transport) {
    auto machine = make(transport, start);
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
            machine.on_transport_error();
            break;
    }
    EXPECT_EQ(machine.current(), wanted);
    return machine;
}

constexpr event timer{event_kind::timer};
constexpr event transport_error{event_kind::transport_error};
constexpr event response(int status) {
    return {event_kind::response, status};
}

/// Timer events come when the earliest timer is due.
void check(
    const std::vector<arrow<non_invite_client, client_actions>>& arrows, reliability transport
) {
    for (const auto& [from, what, actions, to] : arrows) {
        SCOPED_TRACE(testing::PrintToString(what) + " in state " + std::to_string(int(from)));
        auto machine = in(from, transport);
        const auto due = machine.deadline() == never ? start + 1h : machine.deadline();
        const auto now = what.kind == event_kind::timer ? due : start + 1ms;
        EXPECT_EQ(apply(machine, what, now), actions);
        EXPECT_EQ(machine.current(), to);
        if (to == state::terminated) {
            EXPECT_EQ(machine.deadline(), never);
        }
    }
}

constexpr client_actions nothing{};
constexpr client_actions up{.pass_response_up = true};
constexpr client_actions up_and_end{.pass_response_up = true, .terminated = true};
constexpr client_actions ended{.terminated = true};
constexpr client_actions failed{.transport_failed = true, .terminated = true};
constexpr client_actions expired{.timed_out = true, .terminated = true};
constexpr client_actions again{.send_request = true};

const std::vector<arrow<non_invite_client, client_actions>> common_arrows = {
    // RFC 3261 figure 6: trying
    {state::trying, response(100), up, state::proceeding},
    {state::trying, response(199), up, state::proceeding},
    {state::trying, response(99), nothing, state::trying},
    {state::trying, response(700), nothing, state::trying},
    {state::trying, transport_error, failed, state::terminated},
    // proceeding
    {state::proceeding, response(100), up, state::proceeding},
    {state::proceeding, response(700), nothing, state::proceeding},
    {state::proceeding, transport_error, failed, state::terminated},
    // terminated
    {state::terminated, response(100), nothing, state::terminated},
    {state::terminated, response(200), nothing, state::terminated},
    {state::terminated, response(486), nothing, state::terminated},
    {state::terminated, transport_error, nothing, state::terminated},
    {state::terminated, timer, nothing, state::terminated},
};

TEST(NonInviteClient, FollowsEveryArrowOnBothTransports) {
    check(common_arrows, udp);
    check(common_arrows, tcp);
}

TEST(NonInviteClient, FollowsTheArrowsOfUnreliableTransports) {
    check(
        {
            {state::trying, timer, again, state::trying},
            {state::trying, response(200), up, state::completed},
            {state::trying, response(300), up, state::completed},
            {state::trying, response(699), up, state::completed},
            {state::proceeding, timer, again, state::proceeding},
            {state::proceeding, response(200), up, state::completed},
            {state::proceeding, response(699), up, state::completed},
            {state::completed, response(100), nothing, state::completed},
            {state::completed, response(200), nothing, state::completed},
            {state::completed, response(486), nothing, state::completed},
            {state::completed, transport_error, nothing, state::completed},
            {state::completed, timer, ended, state::terminated},
        },
        udp
    );
}

TEST(NonInviteClient, FollowsTheArrowsOfReliableTransports) {
    check(
        {
            {state::trying, timer, expired, state::terminated},
            {state::trying, response(200), up_and_end, state::terminated},
            {state::trying, response(699), up_and_end, state::terminated},
            {state::proceeding, timer, expired, state::terminated},
            {state::proceeding, response(200), up_and_end, state::terminated},
            {state::proceeding, response(486), up_and_end, state::terminated},
        },
        tcp
    );
}

milliseconds request_times(const non_invite_client& machine) {
    return times_when(machine, [](const client_actions& actions) { return actions.send_request; });
}

TEST(NonInviteClient, TimerEDoublesUpToT2UntilTimerF) {
    const milliseconds expected = {
        500ms, 1500ms, 3500ms, 7500ms, 11500ms, 15500ms, 19500ms, 23500ms, 27500ms, 31500ms};
    EXPECT_EQ(request_times(make(udp, start)), expected);
}

TEST(NonInviteClient, AfterAProvisionalResponseTimerEIsResetToT2) {
    auto machine = make(udp, start);
    machine.on_timer(start + 500ms);
    machine.on_response(100, start + 600ms);
    // RFC 3261 17.1.2.2: the pending Timer E fires at 1.5 s, then every T2.
    const milliseconds expected = {
        1500ms, 5500ms, 9500ms, 13500ms, 17500ms, 21500ms, 25500ms, 29500ms};
    EXPECT_EQ(request_times(machine), expected);
}

TEST(NonInviteClient, TimerFEndsBothWaitingStatesAfter64T1) {
    for (const auto transport : {udp, tcp}) {
        for (const auto waiting : {state::trying, state::proceeding}) {
            const auto timeouts =
                times_when(in(waiting, transport), [](const client_actions& actions) {
                    return actions == expired;
                });
            EXPECT_EQ(timeouts, milliseconds{32s});
        }
    }
}

TEST(NonInviteClient, NothingIsRetransmittedOnAReliableTransport) {
    EXPECT_EQ(in(state::trying, tcp).deadline(), start + 32s);
    EXPECT_EQ(in(state::proceeding, tcp).deadline(), start + 32s);
}

TEST(NonInviteClient, TimerKStartsWithTheFinalResponse) {
    auto machine = make(udp, start);
    machine.on_response(200, start + 3s);
    EXPECT_EQ(machine.deadline(), start + 8s);
    machine.on_response(200, start + 7s);
    EXPECT_EQ(machine.deadline(), start + 8s) << "a retransmission must not prolong Timer K";
}

TEST(NonInviteClient, UsesTheConfiguredTimers) {
    const timer_values values{.t1 = 100ms, .t2 = 150ms, .t4 = 7s};
    non_invite_client machine(values, udp, start);
    EXPECT_EQ(machine.deadline(), start + 100ms);
    machine.on_timer(start + 100ms);
    EXPECT_EQ(machine.deadline(), start + 250ms);
    machine.on_response(404, start);
    EXPECT_EQ(machine.deadline(), start + 7s);
}

TEST(NonInviteClient, EarlyTimerCallsChangeNothing) {
    for (const auto wanted : {state::trying, state::proceeding, state::completed}) {
        auto machine = in(wanted, udp);
        const auto before = machine.save(start);
        EXPECT_EQ(machine.on_timer(machine.deadline() - 1ns), nothing);
        EXPECT_EQ(machine.save(start), before);
    }
}

TEST(NonInviteClient, AVeryLateTimerCallEndsTheTransactionAtOnce) {
    auto machine = make(udp, start);
    EXPECT_EQ(machine.on_timer(start + 1h), expired);
    EXPECT_EQ(machine.on_timer(start + 2h), nothing);
}

TEST(NonInviteClient, RestoredMachineContinuesAtAnyPointUnderAnotherClock) {
    const std::vector<event> events = {
        response(100),
        response(200),
        response(486),
        response(999),
        timer,
        timer,
        timer,
        timer,
        timer,
        timer,
        transport_error};
    const auto in_udp = check_restored_machines<non_invite_client>(make, udp, events);
    EXPECT_EQ(in_udp.size(), 4u) << "not every state was saved";
    const auto in_tcp = check_restored_machines<non_invite_client>(make, tcp, events);
    EXPECT_EQ(in_tcp.size(), 3u) << "not every state was saved";
}

TEST(NonInviteClient, ImpossibleSnapshotsAreRefused) {
    const auto restore = [](const snapshot& saved) {
        return non_invite_client::restore(saved, defaults, udp, start);
    };
    for (int number = 4; number < 256; ++number) {
        EXPECT_FALSE(restore({.state = static_cast<std::uint8_t>(number), .expires_in = 1s}));
    }
    for (const auto timed : {state::trying, state::proceeding, state::completed}) {
        EXPECT_FALSE(restore({.state = static_cast<std::uint8_t>(timed)}));
        EXPECT_TRUE(restore({.state = static_cast<std::uint8_t>(timed), .expires_in = 1s}));
    }
    EXPECT_TRUE(restore({.state = static_cast<std::uint8_t>(state::terminated)}));
}

TEST(NonInviteClient, RetransmissionsOfASnapshotStopOnAReliableTransport) {
    const auto saved = make(udp, start).save(start);
    const auto moved = non_invite_client::restore(saved, defaults, tcp, start);
    ASSERT_TRUE(moved);
    EXPECT_EQ(moved->deadline(), start + 32s);
}

TEST(NonInviteClient, TimersOfASnapshotThatItsStateDoesNotRunAreDropped) {
    const auto deadline_in = [](state at) {
        const snapshot saved{
            .state = static_cast<std::uint8_t>(at),
            .retransmit_in = 1s,
            .interval = 1s,
            .expires_in = 9s};
        return non_invite_client::restore(saved, defaults, udp, start)->deadline();
    };
    EXPECT_EQ(deadline_in(state::completed), start + 9s);
    EXPECT_EQ(deadline_in(state::terminated), never);
}

}  // namespace
}  // namespace sipha::txn
