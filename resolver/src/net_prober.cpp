#include "resolver/src/net_prober.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <random>
#include <system_error>

namespace sipha::resolver {

std::unique_ptr<prober> make_net_prober(const prober_options& options) {
    return std::make_unique<detail::net_prober>(options);
}

namespace detail {
namespace {

std::uint64_t random_seed() {
    std::random_device source;
    return std::uint64_t{source()} << 32 | source();
}

}  // namespace

net_prober::net_prober(const prober_options& options)
    : max_probes_(options.max_probes),
      seed_(options.seed ? *options.seed : random_seed()),
      poll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (poll_ < 0) {
        throw std::system_error(errno, std::system_category(), "epoll of the prober");
    }
}

net_prober::~net_prober() {
    open_.clear();
    ::close(poll_);
}

void net_prober::start(time_point now, probe_id id, const probe& what) {
    if (open_.size() >= max_probes_) {
        events_.push_back(
            {id, probe_event_kind::skipped, {}, std::chrono::microseconds(0), "too-many-probes"}
        );
        return;
    }
    auto made = std::make_unique<net_probe>(now, id, what, seed_, events_);
    if (made->is_over()) {
        return;
    }
    epoll_event wanted{};
    wanted.events = EPOLLIN | (made->wants_write() ? EPOLLOUT : 0u);
    wanted.data.u64 = id;
    made->is_armed_for_write = made->wants_write();
    if (::epoll_ctl(poll_, EPOLL_CTL_ADD, made->fd(), &wanted) != 0) {
        events_.push_back(
            {id, probe_event_kind::skipped, {}, std::chrono::microseconds(0), "no-socket"}
        );
        return;
    }
    auto& item = *open_.insert_or_assign(id, std::move(made)).first->second;
    settle(id, item);
}

void net_prober::stop(probe_id id) {
    if (const auto found = open_.find(id); found != open_.end()) {
        deadlines_.erase({found->second->armed, id});
        open_.erase(found);
    }
    std::erase_if(events_, [id](const probe_event& event) { return event.id == id; });
}

void net_prober::settle(probe_id id, net_probe& item) {
    deadlines_.erase({item.armed, id});
    if (item.is_over()) {
        open_.erase(id);  // closing the socket takes it out of epoll
        return;
    }
    item.armed = item.next_deadline();
    if (item.armed != never) {
        deadlines_.emplace(item.armed, id);
    }
    if (item.is_armed_for_write && !item.wants_write()) {
        item.is_armed_for_write = false;
        epoll_event wanted{};
        wanted.events = EPOLLIN;
        wanted.data.u64 = id;
        (void)::epoll_ctl(poll_, EPOLL_CTL_MOD, item.fd(), &wanted);
    }
}

time_point net_prober::next_deadline() const {
    if (!events_.empty()) {
        return time_point{};  // something ended inside `start`: it must be collected
    }
    return deadlines_.empty() ? never : deadlines_.begin()->first;
}

void net_prober::process(time_point now) {
    std::array<epoll_event, 64> ready;
    const int count = ::epoll_wait(poll_, ready.data(), static_cast<int>(ready.size()), 0);
    for (int index = 0; index < count; ++index) {
        const probe_id id = ready[static_cast<std::size_t>(index)].data.u64;
        if (const auto found = open_.find(id); found != open_.end()) {
            found->second->on_ready(now);
            settle(id, *found->second);
        }
    }
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        const auto [due, id] = *deadlines_.begin();
        auto& item = *open_.at(id);
        item.on_deadline(now);
        if (!item.is_over() && item.next_deadline() <= due) {
            // Due again at once: taken up in the next turn, so that this one ends.
            settle(id, item);
            break;
        }
        settle(id, item);
    }
}

}  // namespace detail
}  // namespace sipha::resolver
