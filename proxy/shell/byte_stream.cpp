#include "proxy/shell/byte_stream.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace sipha::shell {

stream_result plain_stream::read(std::span<char> buffer) {
    const auto count = ::recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count > 0) {
        return {stream_outcome::done, static_cast<std::size_t>(count)};
    }
    if (count == 0) {
        return {stream_outcome::ended};
    }
    const bool is_passing = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    return {is_passing ? stream_outcome::want_read : stream_outcome::failed};
}

stream_result plain_stream::write(std::string_view bytes) {
    for (;;) {
        // A peer that closed must not kill the process by SIGPIPE.
        const auto count =
            ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count >= 0) {
            return {stream_outcome::done, static_cast<std::size_t>(count)};
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return {stream_outcome::want_write};
        }
        if (errno != EINTR) {
            return {stream_outcome::failed};
        }
    }
}

stream_outcome write_pending(byte_stream& stream, byte_queue& queue) {
    while (!queue.empty()) {
        const auto result = stream.write(queue.pending());
        if (result.outcome != stream_outcome::done) {
            return result.outcome;
        }
        queue.consume(result.bytes);
    }
    return stream_outcome::done;
}

}  // namespace sipha::shell
