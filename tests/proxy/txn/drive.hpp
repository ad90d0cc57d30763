#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <ostream>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "proxy/txn/actions.hpp"
#include "proxy/txn/running_timers.hpp"
#include "proxy/txn/timers.hpp"

/// What the tests of the four machines share.
namespace sipha::txn {

using namespace std::chrono_literals;

inline constexpr time_point start = time_point(1000h);
inline constexpr reliability udp = reliability::unreliable;
inline constexpr reliability tcp = reliability::reliable;
inline constexpr timer_values defaults{};

inline void PrintTo(const client_actions& actions, std::ostream* out) {
    *out << "request " << actions.send_request << ", ack " << actions.send_ack << ", up "
         << actions.pass_response_up << ", timeout " << actions.timed_out << ", failed "
         << actions.transport_failed << ", terminated " << actions.terminated;
}

inline void PrintTo(const server_actions& actions, std::ostream* out) {
    *out << "send " << actions.send_response << ", resend " << actions.resend_response << ", ack "
         << actions.pass_ack_up << ", trying " << actions.trying_due << ", refused "
         << actions.refused << ", timeout " << actions.timed_out << ", failed "
         << actions.transport_failed << ", terminated " << actions.terminated;
}

inline void PrintTo(const snapshot& saved, std::ostream* out) {
    const auto print = [out](const char* name, std::optional<duration> value) {
        *out << ", " << name << ' ';
        value ? *out << value->count() << " ns" : *out << "none";
    };
    *out << "state " << int{saved.state};
    print("retransmit in", saved.retransmit_in);
    print("interval", saved.interval);
    print("expires in", saved.expires_in);
}

/// One event of a machine; `status` counts for `response` only.
enum class event_kind { response, request, ack, timer, transport_error };
struct event {
    event_kind kind = event_kind::timer;
    int status = 0;
};

inline void PrintTo(const event& what, std::ostream* out) {
    constexpr const char* names[] = {"response", "request", "ack", "timer", "transport error"};
    *out << names[static_cast<int>(what.kind)] << ' ' << what.status;
}

/// Gives one event to a client or server machine; events that the kind of machine has not are
/// absorbed.
template <typename Machine>
auto apply(Machine& machine, const event& what, time_point now) {
    using actions = decltype(machine.on_timer(now));
    switch (what.kind) {
        case event_kind::response:
            return machine.on_response(what.status, now);
        case event_kind::timer:
            return machine.on_timer(now);
        case event_kind::transport_error:
            return machine.on_transport_error();
        case event_kind::request:
            if constexpr (requires { machine.on_request(); }) {
                return machine.on_request();
            }
            break;
        case event_kind::ack:
            if constexpr (requires { machine.on_ack(now); }) {
                return machine.on_ack(now);
            }
            break;
    }
    return actions{};
}

/// One arrow of a figure, or the claim that there is none: in state `from`, `what` gives `actions`
/// and leads to `to`.
template <typename Machine, typename Actions>
struct arrow {
    typename Machine::state from;
    event what;
    Actions actions;
    typename Machine::state to;
};

/// The offsets from `start` at which `fires(actions)` holds when the machine's timers are served on
/// time, until it has no timer left.
template <typename Machine, typename Predicate>
std::vector<std::chrono::milliseconds> times_when(Machine machine, Predicate fires) {
    std::vector<std::chrono::milliseconds> times;
    for (int i = 0; i < 1000 && machine.deadline() != never; ++i) {
        const auto now = machine.deadline();
        if (fires(machine.on_timer(now))) {
            times.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(now - start));
        }
    }
    EXPECT_EQ(machine.deadline(), never) << "the timers never end";
    return times;
}

/// How long from `now` the machine can rest; overdue timers count as due.
template <typename Machine>
duration rest(const Machine& machine, time_point now) {
    return machine.deadline() == never ? duration::max()
                                       : std::max(machine.deadline() - now, duration::zero());
}

/// A machine with its clock, and the random history of both.
template <typename Machine>
class random_history {
  public:
    random_history(const Machine& fresh, const std::vector<event>& events, unsigned seed)
        : machine(fresh), events_(events), draw_(seed) {}

    unsigned draw(unsigned bound) { return static_cast<unsigned>(draw_() % bound); }
    const event& next_event() { return events_[draw(static_cast<unsigned>(events_.size()))]; }
    /// Goes on by up to 2 s; half of the time to the deadline.
    void next_time() {
        const auto due = machine.deadline();
        now = draw(2) == 0 && due != never ? std::max(due, now)
                                           : now + std::chrono::microseconds(draw(2'000'000));
    }

    Machine machine;
    time_point now = start;

  private:
    const std::vector<event>& events_;
    std::mt19937 draw_;
};

/// Claims that `copy`, whose clock is `shift` ahead, answers as the original from now on.
template <typename Machine>
void check_same_future(random_history<Machine>& original, Machine copy, duration shift) {
    for (int i = 0; i < 12; ++i) {
        ASSERT_EQ(copy.current(), original.machine.current());
        ASSERT_EQ(rest(copy, original.now + shift), rest(original.machine, original.now));
        original.next_time();
        const auto what = original.next_event();
        const auto now = original.now;
        ASSERT_EQ(apply(copy, what, now + shift), apply(original.machine, what, now));
    }
}

/// Claims that a machine saved after a random history and restored under another clock behaves like
/// the original from then on. @returns the states in which machines were saved.
template <typename Machine>
std::set<typename Machine::state> check_restored_machines(
    Machine (*make)(reliability, time_point),
    reliability transport,
    const std::vector<event>& events
) {
    std::set<typename Machine::state> saved_in;
    for (unsigned seed = 0; seed < 2000; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        random_history<Machine> original(make(transport, start), events, seed);
        for (auto i = original.draw(6); i > 0; --i) {
            original.next_time();
            apply(original.machine, original.next_event(), original.now);
        }
        original.now += std::chrono::milliseconds(original.draw(3) == 0 ? original.draw(5000) : 0);
        saved_in.insert(original.machine.current());

        const auto shift = std::chrono::milliseconds(original.draw(1'000'000)) - 500s;
        const auto saved = original.machine.save(original.now);
        const auto copy = Machine::restore(saved, defaults, transport, original.now + shift);
        if (!copy) {
            ADD_FAILURE() << "not restored from state " << int{saved.state};
            continue;
        }
        EXPECT_EQ(copy->save(original.now + shift), saved);
        check_same_future(original, *copy, shift);
    }
    return saved_in;
}

}  // namespace sipha::txn
