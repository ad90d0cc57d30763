#include "proxy/shell/admin_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <system_error>
#include <utility>

namespace sipha::shell {

namespace asio = boost::asio;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds accept_pause{100};
constexpr int listen_backlog = 16;

[[noreturn]] void throw_admin_error(const std::string& path, const char* remedy, int error) {
    throw std::system_error(
        error,
        std::generic_category(),
        "cannot open the admin socket '" + path + "' (" + remedy + ")"
    );
}

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
}

/// Removes a socket file that a dead process left behind; throws when a live one answers.
void remove_stale(const std::string& path) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) {
        return;
    }
    if (!S_ISSOCK(info.st_mode)) {
        throw_admin_error(path, "the path is not a socket: remove it or set another", EEXIST);
    }
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0) {
        throw_admin_error(path, "raise the limit of open files (LimitNOFILE)", errno);
    }
    const auto address = address_of(path);
    const int result =
        ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    const int error = result == 0 ? 0 : errno;
    ::close(probe);
    // Only a refusal proves that nobody listens; a full backlog (EAGAIN) is a live process.
    if (error != ECONNREFUSED && error != ENOENT) {
        throw_admin_error(path, "a running process answers there: stop it first", EADDRINUSE);
    }
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        throw_admin_error(path, "the stale socket cannot be removed", errno);
    }
}

int open_listening(const std::string& path) {
    if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path)) {
        throw_admin_error(path, "the path must have 1 to 107 bytes", ENAMETOOLONG);
    }
    remove_stale(path);
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) {
        throw_admin_error(path, "raise the limit of open files (LimitNOFILE)", errno);
    }
    const auto address = address_of(path);
    // The mode set before bind is that of the file from its first moment on (Linux, unix(7)).
    const bool is_open =
        ::fchmod(descriptor, 0600) == 0 &&
        ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
        ::listen(descriptor, listen_backlog) == 0;
    if (!is_open) {
        const int error = errno;
        ::close(descriptor);
        throw_admin_error(path, "check the directory and its permissions", error);
    }
    return descriptor;
}

}  // namespace

admin_socket::admin_socket(asio::io_context& io, counters& counts, options where, handler answer)
    : io_(io),
      counts_(counts),
      options_(std::move(where)),
      answer_(std::move(answer)),
      acceptor_(
          io,
          protocol(),
          options_.inherited >= 0 ? options_.inherited : open_listening(options_.path)
      ),
      pause_(io) {
    struct stat info {};
    if (::lstat(options_.path.c_str(), &info) == 0) {
        device_ = info.st_dev;
        inode_ = info.st_ino;
    }
}

admin_socket::~admin_socket() {
    stop();
}

void admin_socket::start() {
    asio::co_spawn(io_, accept_loop(), asio::detached);
}

void admin_socket::stop() {
    if (!acceptor_.is_open()) {
        return;
    }
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    struct stat info {};
    const bool is_ours = ::lstat(options_.path.c_str(), &info) == 0 && info.st_dev == device_ &&
                         info.st_ino == inode_;
    if (is_ours) {
        ::unlink(options_.path.c_str());
    }
}

void admin_socket::leave() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
}

asio::awaitable<void> admin_socket::accept_loop() {
    while (acceptor_.is_open()) {
        auto [error, client] = co_await acceptor_.async_accept(as_result);
        if (!acceptor_.is_open()) {
            co_return;
        }
        if (error) {
            ++counts_.accept_errors;
            pause_.expires_after(accept_pause);
            co_await pause_.async_wait(as_result);
        } else if (clients_ >= options_.limits.max_clients) {
            ++counts_.admin_refused_cap;
        } else {
            ++clients_;
            auto admitted = std::make_shared<session>(std::move(client), io_);
            asio::co_spawn(io_, serve(std::move(admitted)), asio::detached);
        }
    }
}

asio::awaitable<void> admin_socket::serve(std::shared_ptr<session> client) {
    const auto result = co_await read_line(client);
    if (result != line_result::none) {
        std::string answer;
        if (result == line_result::complete) {
            answer = answer_(client->line);
        } else {
            ++counts_.admin_line_too_long;
            answer = "error: the request line exceeds " +
                     std::to_string(options_.limits.max_line_bytes) + " bytes";
        }
        answer += '\n';
        std::size_t written = 0;
        boost::system::error_code error;
        while (!error && written < answer.size()) {
            watch(client);
            const auto rest = asio::buffer(answer) + written;
            auto [failure, count] = co_await client->socket.async_write_some(rest, as_result);
            error = failure;
            written += count;
        }
    }
    client->watchdog.cancel();
    --clients_;
}

asio::awaitable<admin_socket::line_result> admin_socket::read_line(std::shared_ptr<session> client
) {
    std::array<char, 4096> chunk;
    const auto limit = options_.limits.max_line_bytes;
    for (;;) {
        watch(client);
        auto [error, count] =
            co_await client->socket.async_read_some(asio::buffer(chunk), as_result);
        if (error) {
            co_return line_result::none;
        }
        const std::string_view bytes(chunk.data(), count);
        const auto end = bytes.find('\n');
        client->line.append(bytes.substr(0, end));
        if (client->line.size() > limit) {
            co_return line_result::too_long;
        }
        if (end != std::string_view::npos) {
            if (client->line.ends_with('\r')) {
                client->line.pop_back();
            }
            co_return line_result::complete;
        }
    }
}

void admin_socket::watch(const std::shared_ptr<session>& client) {
    client->watchdog.expires_after(options_.limits.idle_timeout);
    client->watchdog.async_wait([this, client](boost::system::error_code error) {
        // Closing ends the read or write that is awaited.
        if (!error && client->socket.is_open()) {
            ++counts_.admin_timeouts;
            boost::system::error_code ignored;
            client->socket.close(ignored);
        }
    });
}

}  // namespace sipha::shell
