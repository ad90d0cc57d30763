#include "proxy/daemon/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

namespace sipha::daemon {

namespace {

std::string take_variable(const char* name) {
    const char* value = std::getenv(name);
    std::string out = value == nullptr ? "" : value;
    ::unsetenv(name);
    return out;
}

}  // namespace

service_manager::service_manager(std::string socket, std::string_view watchdog_us)
    : socket_(std::move(socket)) {
    std::uint64_t microseconds = 0;
    const auto end = watchdog_us.data() + watchdog_us.size();
    const auto [stop, error] = std::from_chars(watchdog_us.data(), end, microseconds);
    constexpr std::uint64_t day = 86'400'000'000;
    if (error == std::errc{} && stop == end && microseconds >= 2 && microseconds <= day) {
        // sd_watchdog_enabled(3): half of the time is the recommended distance.
        interval_ = std::chrono::microseconds(microseconds / 2);
    }
}

service_manager service_manager::from_environment() {
    auto socket = take_variable("NOTIFY_SOCKET");
    const auto watchdog = take_variable("WATCHDOG_USEC");
    return service_manager(std::move(socket), watchdog);
}

bool service_manager::notify(std::string_view lines) const {
    sockaddr_un address{};
    if (socket_.size() < 2 || socket_.size() >= sizeof address.sun_path) {
        return false;
    }
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, socket_.data(), socket_.size());
    if (socket_.front() == '@') {
        address.sun_path[0] = '\0';
    }
    const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return false;
    }
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
    const auto sent = ::sendto(
        descriptor,
        lines.data(),
        lines.size(),
        MSG_NOSIGNAL | MSG_DONTWAIT,
        reinterpret_cast<const sockaddr*>(&address),
        length
    );
    ::close(descriptor);
    return sent == static_cast<ssize_t>(lines.size());
}

std::map<std::string, std::string> service_manager::environment() const {
    std::map<std::string, std::string> out;
    if (!socket_.empty()) {
        out["NOTIFY_SOCKET"] = socket_;
    }
    if (interval_) {
        out["WATCHDOG_USEC"] = std::to_string(interval_->count() * 2);
    }
    return out;
}

void service_manager::ready(std::string_view status) const {
    notify("READY=1\nSTATUS=" + std::string(status));
}

void service_manager::reloading() const {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const auto microseconds = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
    notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

void service_manager::stopping() const {
    notify("STOPPING=1\nSTATUS=stopping");
}

}  // namespace sipha::daemon
