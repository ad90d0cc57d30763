#include "proxy/shell/byte_queue.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace sipha::shell {

namespace {

/// An idle queue gives memory beyond this back: there can be ten thousand of them.
constexpr std::size_t kept_capacity_bytes = 4096;
/// Written bytes are cut off in steps of at least this size, so that cutting stays linear.
constexpr std::size_t compact_bytes = 65536;

}  // namespace

bool byte_queue::append(std::string_view first, std::string_view second) {
    const auto size = first.size() + second.size();
    if (size > limit_ || bytes_.size() - begin_ > limit_ - size) {
        return false;
    }
    bytes_.append(first).append(second);
    return true;
}

void byte_queue::consume(std::size_t count) {
    count = std::min(count, bytes_.size() - begin_);
    begin_ += count;
    consumed_ += count;
    if (begin_ == bytes_.size()) {
        begin_ = 0;
        if (bytes_.capacity() > kept_capacity_bytes) {
            std::string().swap(bytes_);
        } else {
            bytes_.clear();
        }
    } else if (begin_ >= compact_bytes && begin_ >= bytes_.size() / 2) {
        bytes_.erase(0, begin_);
        begin_ = 0;
    }
}

write_outcome write_pending(int descriptor, byte_queue& queue) {
    while (!queue.empty()) {
        const auto bytes = queue.pending();
        // A peer that closed must not kill the process by SIGPIPE.
        const auto count =
            ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count >= 0) {
            queue.consume(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return write_outcome::would_block;
        } else if (errno != EINTR) {
            return write_outcome::failed;
        }
    }
    return write_outcome::all_written;
}

}  // namespace sipha::shell
