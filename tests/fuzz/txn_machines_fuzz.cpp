#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "proxy/txn/invite_client.hpp"
#include "proxy/txn/invite_server.hpp"
#include "proxy/txn/non_invite_client.hpp"
#include "proxy/txn/non_invite_server.hpp"
#include "tests/fuzz/require.hpp"

// The input as a history of one transaction: responses, requests, ACKs, lost messages, time. Each
// step of the machine is compared with a second reading of RFC 3261 17, RFC 6026 and RFC 4320
// below, which is written as the texts are, with the letters of the timers. After some steps the
// machine is saved and goes on restored.

namespace {

using namespace std::chrono_literals;
using namespace sipha::txn;
using sipha::fuzz::require;

constexpr timer_values values{};
constexpr time_point begin = time_point(1000h);

enum class what { response, request, ack, timer, lost };
struct event {
    what kind = what::timer;
    int status = 0;
};

/// One reference machine: a name for the state, and the timers that run, by deadline.
struct reference {
    char state = 0;  ///< first letter of the RFC's name; 'T' is Terminated, 't' Trying
    bool reliable = false;
    std::optional<time_point> repeat;  ///< A, E or G
    duration interval{};
    std::optional<time_point> end;  ///< B, D, F, H to M

    void enter(char next) {
        state = next;
        repeat.reset();
        end.reset();
    }
    void repeat_every(time_point now, duration first) {
        if (!reliable) {
            interval = first;
            repeat = now + first;
        }
    }
    /// Enters a state that lasts `stay`, on reliable transports no time at all.
    bool linger(char next, time_point now, duration stay) {
        enter(reliable ? 'T' : next);
        if (!reliable) {
            end = now + stay;
        }
        return reliable;
    }
    bool ends(time_point now) const { return end && *end <= now; }
    bool repeats(time_point now) const { return repeat && *repeat <= now; }
};

int hundreds(int status) {
    return status < 100 || status > 699 ? 0 : status / 100;
}

// RFC 3261 figure 5 with RFC 6026 7.2.
client_actions follow_invite_client(reference& it, const event& e, time_point now) {
    const int kind = hundreds(e.status);
    if (e.kind == what::timer) {
        if (it.ends(now)) {
            const bool is_b = it.state == 'C';
            it.enter('T');
            return {.timed_out = is_b, .terminated = true};
        }
        if (it.repeats(now)) {
            it.repeat_every(now, std::min<duration>(2 * it.interval, 64 * values.t1));
            return {.send_request = true};
        }
        return {};
    }
    if (e.kind == what::lost) {
        if (it.state == 'C' || it.state == 'D') {
            it.enter('T');
            return {.transport_failed = true, .terminated = true};
        }
        return {};
    }
    if (e.kind != what::response || kind == 0) {
        return {};
    }
    switch (it.state) {
        case 'C':
        case 'P':
            if (kind == 1) {
                it.enter('P');
                return {.pass_response_up = true};
            }
            if (kind == 2) {
                it.enter('A');
                it.end = now + 64 * values.t1;  // Timer M
                return {.pass_response_up = true};
            }
            return {
                .send_ack = true,
                .pass_response_up = true,
                .terminated = it.linger('D', now, 32s)};  // Timer D
        case 'D':
            return {.send_ack = kind >= 3};
        case 'A':
            return {.pass_response_up = kind == 2};
        default:
            return {};
    }
}

// RFC 3261 figure 6.
client_actions follow_non_invite_client(reference& it, const event& e, time_point now) {
    const int kind = hundreds(e.status);
    const bool waits = it.state == 't' || it.state == 'P';
    if (e.kind == what::timer) {
        if (it.ends(now)) {
            it.enter('T');
            return {.timed_out = waits, .terminated = true};
        }
        if (it.repeats(now)) {
            it.repeat_every(
                now, it.state == 'P' ? values.t2 : std::min<duration>(2 * it.interval, values.t2)
            );
            return {.send_request = true};
        }
        return {};
    }
    if (!waits) {
        return {};
    }
    if (e.kind == what::lost) {
        it.enter('T');
        return {.transport_failed = true, .terminated = true};
    }
    if (e.kind != what::response || kind == 0) {
        return {};
    }
    if (kind == 1) {
        it.state = 'P';
        return {.pass_response_up = true};
    }
    return {.pass_response_up = true, .terminated = it.linger('D', now, values.t4)};  // Timer K
}

// RFC 3261 figure 7 with RFC 6026 7.1.
server_actions follow_invite_server(reference& it, const event& e, time_point now) {
    const int kind = hundreds(e.status);
    switch (e.kind) {
        case what::timer:
            if (it.ends(now)) {
                const bool is_h = it.state == 'D';
                it.enter('T');
                return {.timed_out = is_h, .terminated = true};
            }
            if (it.repeats(now)) {
                it.repeat_every(now, std::min<duration>(2 * it.interval, values.t2));
                return {.resend_response = true};
            }
            return {};
        case what::request:
            return {.resend_response = it.state == 'P' || it.state == 'D'};
        case what::ack:
            if (it.state == 'D') {
                return {.terminated = it.linger('C', now, values.t4)};  // Timer I
            }
            return {.pass_ack_up = it.state == 'A'};
        case what::lost:
            return {.transport_failed = it.state == 'P' || it.state == 'D' || it.state == 'A'};
        case what::response:
            break;
    }
    if (it.state == 'A' && kind == 2) {
        return {.send_response = true};
    }
    if (it.state != 'P' || kind == 0) {
        return {.refused = true};
    }
    if (kind == 2) {
        it.enter('A');
        it.end = now + 64 * values.t1;  // Timer L
    } else if (kind > 2) {
        it.enter('D');
        it.repeat_every(now, values.t1);  // Timer G
        it.end = now + 64 * values.t1;    // Timer H
    }
    return {.send_response = true};
}

// RFC 3261 figure 8 with RFC 4320 4 and RFC 6026 8.8. `repeat` is the time of the late 100.
server_actions follow_non_invite_server(reference& it, const event& e, time_point now) {
    const int kind = hundreds(e.status);
    const bool is_open = it.state == 't' || it.state == 'P';
    switch (e.kind) {
        case what::timer:
            if (it.ends(now)) {
                it.enter('T');
                return {.terminated = true};
            }
            if (it.repeats(now)) {
                it.repeat.reset();
                return {.trying_due = true};
            }
            return {};
        case what::request:
            return {.resend_response = it.state == 'P' || it.state == 'D'};
        case what::ack:
            return {};
        case what::lost:
            return {.transport_failed = it.state == 'P' || it.state == 'D'};
        case what::response:
            break;
    }
    // RFC 4320 4.1: Timer E reaches T2 after 0.5 + 1 + 2 s; 4.2: never a 408.
    const bool is_late = !it.repeat || *it.repeat <= now;
    const bool may_try = e.status == 100 && (it.state == 'P' || it.reliable || is_late);
    if (!is_open || kind == 0 || e.status == 408 || (kind == 1 && !may_try)) {
        return {.refused = true};
    }
    if (kind == 1) {
        it.enter('P');
        return {.send_response = true};
    }
    return {.send_response = true, .terminated = it.linger('D', now, 64 * values.t1)};  // Timer J
}

/// The reference's name of a machine's state.
char name_of(invite_client::state at) {
    return std::array{'C', 'P', 'D', 'A', 'T'}.at(static_cast<std::size_t>(at));
}
char name_of(invite_server::state at) {
    return std::array{'P', 'D', 'C', 'A', 'T'}.at(static_cast<std::size_t>(at));
}
char name_of(non_invite_client::state at) {
    return std::array{'t', 'P', 'D', 'T'}.at(static_cast<std::size_t>(at));
}
char name_of(non_invite_server::state at) {
    return std::array{'t', 'P', 'D', 'T'}.at(static_cast<std::size_t>(at));
}

template <class Machine>
auto apply(Machine& machine, const event& e, time_point now) {
    using actions = decltype(machine.on_timer(now));
    switch (e.kind) {
        case what::response:
            return machine.on_response(e.status, now);
        case what::timer:
            return machine.on_timer(now);
        case what::lost:
            return machine.on_transport_error();
        case what::request:
            if constexpr (requires { machine.on_request(); }) {
                return machine.on_request();
            }
            break;
        case what::ack:
            if constexpr (requires { machine.on_ack(now); }) {
                return machine.on_ack(now);
            }
            break;
    }
    return actions{};
}

/// Two octets a step: what happens and its status, how much time passes before.
template <class Machine, class Follow>
void run(Machine machine, reference expected, Follow follow, std::span<const std::uint8_t> steps) {
    constexpr int statuses[] = {100, 180, 199, 200, 299, 300, 404, 408, 487, 503, 699, 99, 700, -1};
    const auto transport = expected.reliable ? reliability::reliable : reliability::unreliable;
    auto now = begin;
    for (; steps.size() >= 2; steps = steps.subspan(2)) {
        const auto due = machine.deadline();
        if (steps[1] == 255 && due != never) {
            now = std::max(now, due);
        } else {
            now += std::chrono::milliseconds(steps[1] * steps[1] / 4);
        }
        const event e{
            static_cast<what>(steps[0] % 5), statuses[steps[0] / 5 % std::size(statuses)]};
        require(apply(machine, e, now) == follow(expected, e, now));
        require(name_of(machine.current()) == expected.state);
        const auto earliest =
            std::min(expected.repeat.value_or(never), expected.end.value_or(never));
        require(machine.deadline() == earliest);
        if (steps[0] / 70 % 3 == 1) {
            const auto again = Machine::restore(machine.save(now), values, transport, now);
            require(again && again->current() == machine.current());
            // An overdue timer is due now after a restart, not in the past.
            if (machine.deadline() >= now) {
                require(again->deadline() == machine.deadline());
                machine = *again;
            }
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::span steps(data + 1, size - 1);
    const bool reliable = (data[0] & 4) != 0;
    const auto transport = reliable ? reliability::reliable : reliability::unreliable;
    reference fresh{.reliable = reliable};
    switch (data[0] & 3) {
        case 0:
            fresh.state = 'C';
            fresh.repeat_every(begin, values.t1);
            fresh.end = begin + 64 * values.t1;
            run(invite_client(values, transport, begin), fresh, follow_invite_client, steps);
            break;
        case 1:
            fresh.state = 't';
            fresh.repeat_every(begin, values.t1);
            fresh.end = begin + 64 * values.t1;
            run(non_invite_client(values, transport, begin), fresh, follow_non_invite_client, steps
            );
            break;
        case 2:
            fresh.state = 'P';
            run(invite_server(values, transport), fresh, follow_invite_server, steps);
            break;
        default:
            fresh.state = 't';
            fresh.repeat = begin + 3500ms;
            run(non_invite_server(values, transport, begin), fresh, follow_non_invite_server, steps
            );
            break;
    }
    return 0;
}
