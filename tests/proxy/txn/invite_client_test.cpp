#include "proxy/txn/invite_client.hpp"

#include <gtest/gtest.h>

#include "tests/proxy/txn/drive.hpp"

namespace sipha::txn {
namespace {

using state = invite_client::state;
using milliseconds = std::vector<std::chrono::milliseconds>;

invite_client make(reliability transport, time_point now) {
    return {defaults, transport, now};
}

/// A machine that reached `wanted` at `start`; "completed" exists on unreliable transports only.
invite_client in(state wanted, reliability transport) {
    auto machine = make(transport, start);
    switch (wanted) {
        case state::calling:
            break;
        case state::proceeding:
            machine.on_response(180, start);
            break;
        case state::completed:
            machine.on_response(486, start);
            break;
        case state::accepted:
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
void check(const std::vector<arrow<invite_client, client_actions>>& arrows, reliability transport) {
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

constexpr client_actions nothing{};
constexpr client_actions up{.pass_response_up = true};
constexpr client_actions ack{.send_ack = true};
constexpr client_actions ack_and_up{.send_ack = true, .pass_response_up = true};
constexpr client_actions ended{.terminated = true};
constexpr client_actions failed{.transport_failed = true, .terminated = true};
constexpr client_actions expired{.timed_out = true, .terminated = true};
constexpr client_actions again{.send_request = true};

const std::vector<arrow<invite_client, client_actions>> common_arrows = {
    // RFC 3261 figure 5, RFC 6026 8.4: calling
    {state::calling, response(100), up, state::proceeding},
    {state::calling, response(199), up, state::proceeding},
    {state::calling, response(200), up, state::accepted},
    {state::calling, response(299), up, state::accepted},
    {state::calling, response(99), nothing, state::calling},
    {state::calling, response(700), nothing, state::calling},
    {state::calling, transport_error, failed, state::terminated},
    // proceeding
    {state::proceeding, response(100), up, state::proceeding},
    {state::proceeding, response(183), up, state::proceeding},
    {state::proceeding, response(200), up, state::accepted},
    {state::proceeding, response(0), nothing, state::proceeding},
    {state::proceeding, transport_error, nothing, state::proceeding},
    {state::proceeding, timer, nothing, state::proceeding},
    // accepted (RFC 6026 7.2)
    {state::accepted, response(200), up, state::accepted},
    {state::accepted, response(202), up, state::accepted},
    {state::accepted, response(180), nothing, state::accepted},
    {state::accepted, response(486), nothing, state::accepted},
    {state::accepted, response(700), nothing, state::accepted},
    {state::accepted, transport_error, nothing, state::accepted},
    {state::accepted, timer, ended, state::terminated},
    // terminated
    {state::terminated, response(180), nothing, state::terminated},
    {state::terminated, response(200), nothing, state::terminated},
    {state::terminated, response(486), nothing, state::terminated},
    {state::terminated, transport_error, nothing, state::terminated},
    {state::terminated, timer, nothing, state::terminated},
};

TEST(InviteClient, FollowsEveryArrowOnBothTransports) {
    check(common_arrows, udp);
    check(common_arrows, tcp);
}

TEST(InviteClient, FollowsTheArrowsOfUnreliableTransports) {
    check(
        {
            {state::calling, timer, again, state::calling},
            {state::calling, response(300), ack_and_up, state::completed},
            {state::calling, response(699), ack_and_up, state::completed},
            {state::proceeding, response(300), ack_and_up, state::completed},
            {state::proceeding, response(699), ack_and_up, state::completed},
            {state::completed, response(300), ack, state::completed},
            {state::completed, response(699), ack, state::completed},
            {state::completed, response(180), nothing, state::completed},
            {state::completed, response(200), nothing, state::completed},
            {state::completed, response(700), nothing, state::completed},
            {state::completed, transport_error, failed, state::terminated},
            {state::completed, timer, ended, state::terminated},
        },
        udp
    );
}

TEST(InviteClient, FollowsTheArrowsOfReliableTransports) {
    constexpr client_actions ack_up_end{
        .send_ack = true, .pass_response_up = true, .terminated = true};
    check(
        {
            {state::calling, timer, expired, state::terminated},
            {state::calling, response(300), ack_up_end, state::terminated},
            {state::calling, response(699), ack_up_end, state::terminated},
            {state::proceeding, response(486), ack_up_end, state::terminated},
        },
        tcp
    );
}

TEST(InviteClient, TimerADoublesWithoutCapUntilTimerB) {
    const auto requests = times_when(make(udp, start), [](const client_actions& actions) {
        return actions.send_request;
    });
    const milliseconds expected = {500ms, 1500ms, 3500ms, 7500ms, 15500ms, 31500ms};
    EXPECT_EQ(requests, expected);
}

TEST(InviteClient, TimerBEndsACallWithoutResponseAfter64T1) {
    for (const auto transport : {udp, tcp}) {
        const auto timeouts = times_when(make(transport, start), [](const client_actions& actions) {
            return actions == expired;
        });
        EXPECT_EQ(timeouts, milliseconds{32s});
    }
}

TEST(InviteClient, NothingIsRetransmittedOnAReliableTransport) {
    EXPECT_EQ(make(tcp, start).deadline(), start + 32s);
}

TEST(InviteClient, TimersDAndMStartWithTheFinalResponse) {
    auto completed = make(udp, start);
    completed.on_response(486, start + 3s);
    EXPECT_EQ(completed.deadline(), start + 35s);
    completed.on_response(486, start + 20s);
    EXPECT_EQ(completed.deadline(), start + 35s) << "a retransmission must not prolong Timer D";

    for (const auto transport : {udp, tcp}) {
        auto accepted = make(transport, start);
        accepted.on_response(180, start + 1s);
        accepted.on_response(200, start + 60s);
        EXPECT_EQ(accepted.deadline(), start + 92s);
        accepted.on_response(200, start + 80s);
        EXPECT_EQ(accepted.deadline(), start + 92s) << "a further 2xx must not prolong Timer M";
    }
}

TEST(InviteClient, UsesTheConfiguredTimers) {
    const timer_values values{.t1 = 100ms, .t2 = 1s, .timer_d = 40s};
    invite_client machine(values, udp, start);
    EXPECT_EQ(machine.deadline(), start + 100ms);
    machine.on_response(404, start);
    EXPECT_EQ(machine.deadline(), start + 40s);
}

TEST(InviteClient, EarlyTimerCallsChangeNothing) {
    for (const auto wanted : {state::calling, state::completed, state::accepted}) {
        auto machine = in(wanted, udp);
        const auto before = machine.save(start);
        EXPECT_EQ(machine.on_timer(machine.deadline() - 1ns), nothing);
        EXPECT_EQ(machine.save(start), before);
    }
}

TEST(InviteClient, AVeryLateTimerCallEndsTheTransactionAtOnce) {
    auto machine = make(udp, start);
    EXPECT_EQ(machine.on_timer(start + 1h), expired);
    EXPECT_EQ(machine.on_timer(start + 2h), nothing);
}

TEST(InviteClient, RestoredMachineContinuesAtAnyPointUnderAnotherClock) {
    const std::vector<event> events = {
        response(100),
        response(180),
        response(200),
        response(302),
        response(486),
        response(999),
        timer,
        timer,
        timer,
        timer,
        transport_error};
    const auto in_udp = check_restored_machines<invite_client>(make, udp, events);
    EXPECT_EQ(in_udp.size(), 5u) << "not every state was saved";
    const auto in_tcp = check_restored_machines<invite_client>(make, tcp, events);
    EXPECT_EQ(in_tcp.size(), 4u) << "not every state was saved";
}

TEST(InviteClient, ImpossibleSnapshotsAreRefused) {
    const auto restore = [](const snapshot& saved) {
        return invite_client::restore(saved, defaults, udp, start);
    };
    for (int number = 5; number < 256; ++number) {
        EXPECT_FALSE(restore({.state = static_cast<std::uint8_t>(number), .expires_in = 1s}));
    }
    for (const auto timed : {state::calling, state::completed, state::accepted}) {
        EXPECT_FALSE(restore({.state = static_cast<std::uint8_t>(timed)}));
        EXPECT_TRUE(restore({.state = static_cast<std::uint8_t>(timed), .expires_in = 1s}));
    }
    EXPECT_TRUE(restore({.state = static_cast<std::uint8_t>(state::proceeding)}));
    EXPECT_TRUE(restore({.state = static_cast<std::uint8_t>(state::terminated)}));
}

TEST(InviteClient, RetransmissionsOfASnapshotStopOnAReliableTransport) {
    const auto saved = make(udp, start).save(start);
    const auto moved = invite_client::restore(saved, defaults, tcp, start);
    ASSERT_TRUE(moved);
    EXPECT_EQ(moved->deadline(), start + 32s);
}

TEST(InviteClient, TimersOfASnapshotThatItsStateDoesNotRunAreDropped) {
    const auto deadline_in = [](state at) {
        const snapshot saved{
            .state = static_cast<std::uint8_t>(at),
            .retransmit_in = 1s,
            .interval = 1s,
            .expires_in = 9s};
        return invite_client::restore(saved, defaults, udp, start)->deadline();
    };
    EXPECT_EQ(deadline_in(state::proceeding), never);
    EXPECT_EQ(deadline_in(state::completed), start + 9s);
    EXPECT_EQ(deadline_in(state::accepted), start + 9s);
    EXPECT_EQ(deadline_in(state::terminated), never);
}

}  // namespace
}  // namespace sipha::txn
