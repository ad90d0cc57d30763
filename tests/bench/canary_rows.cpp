#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <sipha/resolver/prober.hpp>

#include "tests/bench/rows.hpp"
#include "tests/bench/sockets.hpp"

namespace sipha::bench {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr double most_reset_ms = 10;
constexpr auto silence_limit = 1000ms;
constexpr auto ping_interval = 250ms;
/// What a busy machine may add to a deadline.
constexpr double slack_ms = 50;
constexpr auto patience = 5s;

/// A canary of ours and, in the same loop, the SIP server it watches, which answers its pings.
class watched_server {
  public:
    watched_server() : listener_(bound_socket(SOCK_STREAM, free_place(1))) {
        listen(listener_.get(), 1);
        resolver::probe watch;
        watch.target.transport = resolver::transport::tcp;
        watch.target.ip = place_of(listener_).ip;
        watch.target.port = place_of(listener_).port;
        watch.silence_limit = silence_limit;
        watch.ping_interval = ping_interval;
        prober_->start(clock::now(), 1, watch);
        accepted_ = descriptor(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    }

    std::uint16_t port() const { return place_of(listener_).port; }
    /// Runs until such an event. @returns false when it does not come in time.
    bool run_until(resolver::probe_event_kind wanted) {
        const auto end = clock::now() + patience;
        while (clock::now() < end) {
            for (const auto& event : prober_->take_events()) {
                if (event.kind == wanted) {
                    return true;
                }
            }
            turn();
        }
        return false;
    }
    /// The server's process dies without a word: its kernel answers with RST from now on.
    void reset() {
        const linger at_once{1, 0};
        setsockopt(accepted_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        accepted_ = descriptor();
    }

  private:
    void turn() {
        const auto now = clock::now();
        const auto left = prober_->next_deadline() == resolver::never
                              ? 100ms
                              : std::chrono::ceil<std::chrono::milliseconds>(
                                    std::max(prober_->next_deadline() - now, clock::duration())
                                );
        std::array<pollfd, 2> ready{
            pollfd{prober_->fd(), POLLIN, 0}, pollfd{accepted_.get(), POLLIN, 0}};
        poll(ready.data(), ready.size(), static_cast<int>(std::min(left, 100ms).count()));
        std::array<char, 64> ping{};
        if (ready[1].revents != 0 && recv(accepted_.get(), ping.data(), ping.size(), 0) == 4) {
            send(accepted_.get(), "\r\n", 2, MSG_NOSIGNAL);  // RFC 5626 4.4.1: the pong
        }
        prober_->process(clock::now());
    }

    descriptor listener_;
    descriptor accepted_;
    std::unique_ptr<resolver::prober> prober_ = resolver::make_net_prober();
};

double milliseconds_since(clock::time_point begin) {
    return std::chrono::duration<double, std::milli>(clock::now() - begin).count();
}

double reset_ms() {
    watched_server server;
    if (!server.run_until(resolver::probe_event_kind::up)) {
        throw std::runtime_error("the canary did not come up");
    }
    const auto begin = clock::now();
    server.reset();
    if (!server.run_until(resolver::probe_event_kind::down)) {
        throw std::runtime_error("the canary did not notice a reset");
    }
    return milliseconds_since(begin);
}

bool raise_loopback() {
    const descriptor any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq wanted{};
    std::memcpy(wanted.ifr_name, "lo", 3);
    wanted.ifr_flags = IFF_UP;
    return ioctl(any.get(), SIOCSIFFLAGS, &wanted) == 0;
}

/// From now on this network namespace loses every packet of the server, in both directions.
bool cut(std::uint16_t port) {
    const auto number = std::to_string(port);
    const auto rules =
        "add table ip b; add chain ip b c { type filter hook input priority 0; };"
        "add rule ip b c tcp dport " +
        number +
        " drop;"
        "add rule ip b c tcp sport " +
        number + " drop";
    const pid_t child = fork();
    if (child == 0) {
        execlp("nft", "nft", rules.c_str(), nullptr);
        _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// What the child of `black_hole_ms` does. @returns milliseconds, or nothing.
std::optional<double> black_hole_in_own_network() {
    if (unshare(CLONE_NEWNET) != 0 || !raise_loopback()) {
        return std::nullopt;
    }
    watched_server server;
    // Up, and at least one pong: from then on the peer is held to answer.
    if (!server.run_until(resolver::probe_event_kind::up) ||
        !server.run_until(resolver::probe_event_kind::alive) || !cut(server.port())) {
        return std::nullopt;
    }
    const auto begin = clock::now();
    return server.run_until(resolver::probe_event_kind::down)
               ? std::optional(milliseconds_since(begin))
               : std::nullopt;
}

/// Time to notice that nothing comes back, in a network of its own that ends with the child.
std::optional<double> black_hole_ms() {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) {
        return std::nullopt;
    }
    const pid_t child = fork();
    if (child == 0) {
        const auto took = black_hole_in_own_network();
        const bool is_told = took && write(ends[1], &*took, sizeof *took) == sizeof *took;
        _exit(is_told ? 0 : 1);
    }
    close(ends[1]);
    double took = 0;
    const bool is_told = read(ends[0], &took, sizeof took) == sizeof took;
    close(ends[0]);
    waitpid(child, nullptr, 0);
    return is_told ? std::optional(took) : std::nullopt;
}

}  // namespace

std::vector<row> canary_rows(const world& around) {
    std::vector<row> rows;
    rows.push_back(compared(
        "TCP canary: reset noticed",
        "ms",
        alternate(std::vector<contender>{{"ours", &reset_ms}}, around.rounds),
        {most_reset_ms, {}}
    ));
    const std::string what = "TCP canary: black hole, limit 1 s";
    std::vector<double> values;
    for (std::size_t round = 0; round < around.rounds; ++round) {
        if (const auto took = black_hole_ms()) {
            values.push_back(*took);
        }
    }
    if (values.size() < around.rounds) {
        rows.push_back(skipped(what, "needs root, network namespaces and nft"));
    } else {
        rows.push_back(compared(
            what,
            "ms",
            {{"ours", median(std::move(values))}},
            {static_cast<double>(silence_limit.count()) + slack_ms, {}}
        ));
    }
    return rows;
}

}  // namespace sipha::bench
