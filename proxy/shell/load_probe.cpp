#include "proxy/shell/load_probe.hpp"

#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace sipha::shell {

namespace {

std::chrono::nanoseconds thread_time() {
    timespec used{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

double fill_of(int socket) {
    std::array<std::uint32_t, SK_MEMINFO_VARS> info{};
    socklen_t size = sizeof info;
    if (getsockopt(socket, SOL_SOCKET, SO_MEMINFO, info.data(), &size) != 0 ||
        info[SK_MEMINFO_RCVBUF] == 0) {
        return 0;
    }
    const auto unread = static_cast<double>(info[SK_MEMINFO_RMEM_ALLOC]);
    return std::min(1.0, unread / info[SK_MEMINFO_RCVBUF]);
}

}  // namespace

std::optional<proxy::load_sampled> load_probe::look(
    timing::time_point now, std::span<const int> sockets
) {
    const auto since = now - last_;
    if (last_ != timing::time_point{} && since < interval) {
        return std::nullopt;
    }
    const auto used = thread_time();
    proxy::load_sampled sample;
    if (last_ != timing::time_point{}) {
        const std::chrono::duration<double> share = used - last_used_;
        const std::chrono::duration<double> whole = since;
        sample.busy = std::min(1.0, share.count() / whole.count());
    }
    last_ = now;
    last_used_ = used;
    for (const int socket : sockets) {
        sample.queue = std::max(sample.queue, fill_of(socket));
    }
    return sample;
}

}  // namespace sipha::shell
