#include "proxy/ctl/request.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sipha::ctl {

namespace {

constexpr std::size_t max_answer_bytes = 64 << 20;

class connection {
  public:
    connection() : descriptor_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
    ~connection() {
        if (descriptor_ >= 0) {
            close(descriptor_);
        }
    }
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    int descriptor() const { return descriptor_; }

  private:
    int descriptor_;
};

reply failed(const std::string& path) {
    return {{}, path + ": " + std::strerror(errno)};
}

}  // namespace

reply ask(const std::string& socket_path, std::string_view request, int limit_ms) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket_path.size() >= sizeof address.sun_path) {
        return {{}, socket_path + ": longer than a socket path can be"};
    }
    std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
    const connection to;
    const timeval limit{limit_ms / 1000, limit_ms % 1000 * 1000};
    setsockopt(to.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(to.descriptor(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(to.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
        0) {
        return failed(socket_path);
    }
    const std::string line = std::string(request) + '\n';
    if (send(to.descriptor(), line.data(), line.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(line.size())) {
        return failed(socket_path);
    }
    std::string answer;
    char buffer[65536];
    while (answer.find('\n') == std::string::npos) {
        const auto got = recv(to.descriptor(), buffer, sizeof buffer, 0);
        if (got < 0) {
            return failed(socket_path);
        }
        if (got == 0 || answer.size() > max_answer_bytes) {
            return {{}, socket_path + ": the node closed the connection without an answer"};
        }
        answer.append(buffer, static_cast<std::size_t>(got));
    }
    answer.resize(answer.find('\n'));
    return {std::move(answer), {}};
}

}  // namespace sipha::ctl
