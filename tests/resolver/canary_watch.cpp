#include <poll.h>

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include <sipha/resolver/prober.hpp>

/// Keeps one canary and prints a line per event, for canary_black_hole_test.py:
///     up | alive | down OUTCOME CAUSE MILLISECONDS-SINCE-SIGUSR1
/// Usage: canary_watch ADDRESS PORT SILENCE-LIMIT-MS
namespace {

using namespace sipha::resolver;
using clock_type = std::chrono::steady_clock;

volatile std::sig_atomic_t has_started = 0;

void start_clock(int) {
    has_started = 1;
}

bool tell(const probe_event& event, clock_type::time_point since) {
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock_type::now() - since);
    switch (event.kind) {
        case probe_event_kind::up:
            std::puts("up");
            break;
        case probe_event_kind::alive:
            std::puts("alive");
            break;
        default:
            std::printf(
                "down %s %s %lld\n",
                std::string(name(event.result.kind)).c_str(),
                std::string(event.cause).c_str(),
                static_cast<long long>(took.count())
            );
    }
    std::fflush(stdout);
    return event.kind == probe_event_kind::up || event.kind == probe_event_kind::alive;
}

int watch(const probe& what) {
    const auto prober = make_net_prober();
    prober->start(clock_type::now(), 1, what);
    auto since = clock_type::now();
    for (;;) {
        pollfd item{prober->fd(), POLLIN, 0};
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            std::min(prober->next_deadline(), clock_type::now() + std::chrono::seconds(1)) -
            clock_type::now()
        );
        ::poll(&item, 1, static_cast<int>(std::max<long>(0, left.count())));
        if (has_started != 0) {
            has_started = 0;
            since = clock_type::now();
        }
        prober->process(clock_type::now());
        for (const auto& event : prober->take_events()) {
            if (!tell(event, since)) {
                return 0;
            }
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    const auto ip = argc == 4 ? address::parse(argv[1]) : std::nullopt;
    int port = 0;
    int limit = 0;
    if (!ip || std::from_chars(argv[2], argv[2] + std::strlen(argv[2]), port).ec != std::errc{} ||
        std::from_chars(argv[3], argv[3] + std::strlen(argv[3]), limit).ec != std::errc{}) {
        std::fputs("usage: canary_watch ADDRESS PORT SILENCE-LIMIT-MS\n", stderr);
        return 2;
    }
    std::signal(SIGUSR1, start_clock);
    probe what;
    what.target.ip = *ip;
    what.target.port = static_cast<std::uint16_t>(port);
    what.silence_limit = std::chrono::milliseconds(limit);
    what.ping_interval = what.silence_limit / 2;
    return watch(what);
}
