#include "resolver/src/poll_set.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace sipha::resolver::detail {

poll_set::~poll_set() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

void poll_set::watch(int descriptor) {
    if (descriptor < 0) {
        return;
    }
    if (fd_ < 0) {
        fd_ = ::epoll_create1(EPOLL_CLOEXEC);
    }
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    if (fd_ < 0 || ::epoll_ctl(fd_, EPOLL_CTL_ADD, descriptor, &wanted) != 0) {
        throw std::system_error(errno, std::system_category(), "epoll of the resolver");
    }
}

}  // namespace sipha::resolver::detail
