#include "resolver/src/capi_core.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

namespace sipha::resolver::detail {
namespace {

/// After an engine that ran out of memory: when it is tried again.
constexpr std::chrono::milliseconds retry_delay{50};

int checked(int descriptor) {
    if (descriptor < 0) {
        throw std::system_error(errno, std::generic_category());
    }
    return descriptor;
}

void watch(int poll_fd, int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    checked(::epoll_ctl(poll_fd, EPOLL_CTL_ADD, descriptor, &event));
}

}  // namespace

recipient::recipient(std::shared_ptr<core> owner) : core_(std::move(owner)) {}

recipient::~recipient() = default;

void recipient::tell_safely() noexcept {
    try {
        tell();
    } catch (...) {
        // Only for want of memory, and before the application was called: see sipha_session::tell.
    }
}

void recipient::run_posted(void* argument) {
    auto& self = *static_cast<recipient*>(argument);
    std::shared_ptr<recipient> kept;
    {
        const auto guard = self.core_->lock();
        kept = std::move(self.posted_);
    }
    kept->tell_safely();
}

core::core(std::unique_ptr<engine> lookups) : engine_(std::move(lookups)) {
    try {
        poll_fd_ = checked(::epoll_create1(EPOLL_CLOEXEC));
        timer_fd_ = checked(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
        watch(poll_fd_, timer_fd_);
        if (engine_->fd() >= 0) {
            watch(poll_fd_, engine_->fd());
        }
    } catch (...) {
        close_descriptors();
        throw;
    }
}

core::~core() {
    close_descriptors();
}

time_point core::now() {
    return std::chrono::steady_clock::now();
}

void core::close_descriptors() {
    for (int* descriptor : {&poll_fd_, &timer_fd_}) {
        if (*descriptor >= 0) {
            ::close(std::exchange(*descriptor, -1));
        }
    }
}

void core::arm(std::optional<std::chrono::milliseconds> wait) {
    itimerspec at{};
    if (wait) {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(*wait);
        at.it_value.tv_sec = seconds.count();
        at.it_value.tv_nsec = std::chrono::nanoseconds(*wait - seconds).count();
        if (wait->count() == 0) {
            at.it_value.tv_nsec = 1;  // all zero would switch it off
        }
    }
    armed_ = wait ? now() + *wait : never;
    ::timerfd_settime(timer_fd_, 0, &at, nullptr);
}

void core::rearm() {
    if (is_closed_) {
        return;
    }
    const auto wait = engine_->timeout();
    // One that fires earlier may stay: the turn it causes sets it anew.
    if (wait && now() + *wait < armed_) {
        arm(wait);
    }
}

void core::wake() {
    if (!is_closed_) {
        arm(std::chrono::milliseconds(0));
    }
}

void core::queue(recipient& who) {
    if (who.is_queued_) {
        return;
    }
    who.is_queued_ = true;
    auto self = who.shared_from_this();
    if (last_ != nullptr) {
        last_->next_ = std::move(self);
    } else {
        first_ = std::move(self);
    }
    last_ = &who;
}

std::shared_ptr<recipient> core::take_next() {
    const auto guard = lock();
    auto who = std::move(first_);
    if (who) {
        first_ = std::move(who->next_);
        if (!first_) {
            last_ = nullptr;
        }
        who->is_queued_ = false;
    }
    return who;
}

void core::enlist(recipient& who) {
    listed_.emplace(next_serial_, &who);
    who.serial_ = next_serial_++;
}

void core::dismiss(recipient& who) {
    listed_.erase(std::exchange(who.serial_, 0));
}

int core::fd() const {
    const auto guard = lock();
    return has_thread_ ? -1 : poll_fd_;
}

std::optional<std::chrono::milliseconds> core::timeout() const {
    const auto guard = lock();
    if (!engine_ || has_thread_) {
        return std::nullopt;
    }
    return first_ ? std::chrono::milliseconds(0) : engine_->timeout();
}

void core::turn() {
    const auto guard = lock();
    if (is_closed_) {
        return;  // the timer is set for the end of the thread
    }
    try {
        engine_->process();
    } catch (...) {
        arm(retry_delay);
        throw;
    }
    arm(engine_->timeout());
}

std::int32_t core::process() {
    {
        const auto guard = lock();
        if (has_thread_) {
            return SIPHA_EINVAL;
        }
    }
    turn();
    {
        const auto guard = lock();
        if (is_telling_) {
            return SIPHA_OK;  // the round that is under way tells these too; rounds do not nest
        }
        is_telling_ = true;
    }
    while (const auto who = take_next()) {
        who->tell_safely();
    }
    const auto guard = lock();
    is_telling_ = false;
    return SIPHA_OK;
}

std::int32_t core::start_thread(sipha_post post, void* context) {
    const auto guard = lock();
    if (has_thread_) {
        return SIPHA_EINVAL;
    }
    // Signals are the application's: none is taken by a thread it does not know.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::int32_t status = SIPHA_OK;
    try {
        thread_ =
            std::thread([self = shared_from_this(), post, context] { self->run(post, context); });
        has_thread_ = true;
    } catch (const std::system_error&) {
        status = SIPHA_ESYSTEM;
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return status;
}

void core::run(sipha_post post, void* context) {
    for (;;) {
        pollfd waiting{.fd = poll_fd_, .events = POLLIN, .revents = 0};
        ::poll(&waiting, 1, -1);
        {
            const auto guard = lock();
            if (is_closed_) {
                return;
            }
        }
        try {
            turn();
        } catch (...) {
            // Nobody is there to be told; the turn has set the time of the next attempt.
        }
        post_news(post, context);
    }
}

void core::post_news(sipha_post post, void* context) {
    while (const auto who = take_next()) {
        {
            const auto guard = lock();
            if (is_closed_) {
                return;
            }
            if (who->posted_) {
                continue;  // what is posted already will tell this too
            }
            who->posted_ = who;
        }
        post(context, &recipient::run_posted, who.get());
    }
}

void core::end_thread() {
    if (!thread_.joinable()) {
        return;
    }
    if (thread_.get_id() == std::this_thread::get_id()) {
        thread_.detach();  // freed from inside `post`: the thread ends as soon as that returns
        return;
    }
    thread_.join();
    close_descriptors();
}

void core::close() {
    const auto kept = shared_from_this();
    {
        const auto guard = lock();
        if (std::exchange(is_closed_, true)) {
            return;
        }
        arm(std::chrono::milliseconds(0));
    }
    end_thread();
    {
        const auto guard = lock();
        for (const auto& [serial, who] : listed_) {
            who->detach();
        }
        engine_.reset();
        if (!has_thread_) {
            close_descriptors();
        }
    }
    while (take_next()) {
        // Who waits here is listed too, or has been given back.
    }
    for (;;) {
        std::shared_ptr<recipient> who;
        {
            const auto guard = lock();
            if (listed_.empty()) {
                return;
            }
            who = listed_.begin()->second->shared_from_this();
            dismiss(*who);
        }
        who->tell_safely();
    }
}

}  // namespace sipha::resolver::detail
