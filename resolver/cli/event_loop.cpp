#include "resolver/cli/event_loop.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <limits>
#include <system_error>

namespace sipha::resolver::cli {

end_signal::end_signal() {
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGTERM);
    sigprocmask(SIG_BLOCK, &wanted, nullptr);
    fd_ = signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd_ < 0) {
        throw std::system_error(errno, std::generic_category(), "signalfd");
    }
}

end_signal::~end_signal() {
    close(fd_);
}

woken_by wait_for(int first, int second, std::optional<std::chrono::milliseconds> limit) {
    std::array<pollfd, 2> ready{{{first, POLLIN, 0}, {second, POLLIN, 0}}};
    int timeout = -1;
    if (limit) {
        constexpr std::int64_t longest = std::numeric_limits<int>::max();
        timeout = static_cast<int>(std::clamp<std::int64_t>(limit->count(), 0, longest));
    }
    poll(ready.data(), ready.size(), timeout);
    return (ready[1].revents & POLLIN) != 0 ? woken_by::second : woken_by::first_or_time;
}

}  // namespace sipha::resolver::cli
