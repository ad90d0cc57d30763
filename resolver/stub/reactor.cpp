#include "resolver/stub/reactor.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <system_error>

namespace sipha::resolver::stub {
namespace {

std::uint32_t events_of(interest in) {
    switch (in) {
        case interest::reading:
            return EPOLLIN;
        case interest::writing:
            return EPOLLOUT;
        case interest::both:
            return EPOLLIN | EPOLLOUT;
        case interest::none:
            break;
    }
    return 0;
}

epoll_event event_of(int fd, interest in) {
    epoll_event event{};
    event.events = events_of(in);
    event.data.fd = fd;
    return event;
}

}  // namespace

reactor::reactor() : epoll_(epoll_create1(EPOLL_CLOEXEC)), now_(std::chrono::steady_clock::now()) {
    if (epoll_ < 0) {
        throw std::system_error(errno, std::generic_category(), "epoll_create1");
    }
}

reactor::~reactor() {
    close(epoll_);
}

bool reactor::add(int fd, pollable& owner, interest in) {
    auto event = event_of(fd, in);
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) {
        return false;
    }
    owners_[fd] = &owner;
    return true;
}

void reactor::change(int fd, interest in) {
    auto event = event_of(fd, in);
    epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event);
}

void reactor::remove(int fd) {
    epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
    owners_.erase(fd);
}

void reactor::wait(std::optional<std::chrono::milliseconds> limit) {
    std::array<epoll_event, 64> ready{};
    int timeout = -1;
    if (limit) {
        constexpr std::int64_t longest = std::numeric_limits<int>::max();
        timeout = static_cast<int>(std::clamp<std::int64_t>(limit->count(), 0, longest));
    }
    const int count = epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), timeout);
    now_ = std::chrono::steady_clock::now();
    for (int index = 0; index < count; ++index) {
        // An owner called before may have removed this one.
        const int fd = ready.at(static_cast<std::size_t>(index)).data.fd;
        if (const auto found = owners_.find(fd); found != owners_.end()) {
            found->second->on_ready(fd);
        }
    }
}

}  // namespace sipha::resolver::stub
