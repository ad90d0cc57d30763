// bare_relay: the floor of what a proxy can cost. Datagrams of the upstream go to whoever sent the
// last other one; all others go to the upstream. No byte is looked at.
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cstdio>
#include <exception>

#include "tests/load/links.hpp"

namespace {

using namespace sipha::load;

int run(const sockaddr_in& here, const sockaddr_in& upstream) {
    struct forwarder final : receiver {
        void received(std::size_t link, std::string_view message, const sockaddr_in& from)
            override {
            const bool is_answer = from.sin_port == upstream.sin_port &&
                                   from.sin_addr.s_addr == upstream.sin_addr.s_addr;
            if (!is_answer) {
                caller = from;
            }
            over.send(link, is_answer ? caller : upstream, message);
        }
        links over;
        sockaddr_in caller{};
        sockaddr_in upstream{};
    } relay;
    relay.upstream = upstream;
    relay.over.add_udp(here);
    std::puts("event=started");
    std::fflush(stdout);
    for (;;) {
        relay.over.poll(std::chrono::hours(1), relay);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fputs("usage: bare_relay LISTEN UPSTREAM, each as 127.0.0.1:5060\n", stderr);
        return 2;
    }
    try {
        return run(parse_place(argv[1]), parse_place(argv[2]));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bare_relay: %s\n", error.what());
        return 3;
    }
}
