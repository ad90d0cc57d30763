#include "resolver/src/net_probe.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace sipha::resolver::detail {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// RFC 3261 17.1.2.2: timer E doubles up to T2.
constexpr milliseconds t2{4000};
/// RFC 5626 3.5.1.
constexpr std::string_view double_crlf = "\r\n\r\n";
/// Datagrams and reads taken in one turn, so that a flood does not hold up other probes.
constexpr int reads_per_turn = 16;

socklen_t to_sockaddr(const address& ip, std::uint16_t port, sockaddr_storage& to) {
    std::memset(&to, 0, sizeof to);
    const auto bytes = ip.bytes();
    if (ip.family() == address_family::v4) {
        auto& v4 = reinterpret_cast<sockaddr_in&>(to);
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        std::memcpy(&v4.sin_addr, bytes.data(), bytes.size());
        return sizeof v4;
    }
    auto& v6 = reinterpret_cast<sockaddr_in6&>(to);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
    return sizeof v6;
}

/// hostport of the socket's own end.
std::string local_of(int fd) {
    sockaddr_storage own{};
    socklen_t length = sizeof own;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &length) != 0) {
        return "0.0.0.0";
    }
    if (own.ss_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(own);
        std::array<std::uint8_t, 4> bytes{};
        std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
        return hostport(address::v4(bytes), ntohs(v4.sin_port));
    }
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(own);
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return hostport(address::v6(bytes), ntohs(v6.sin6_port));
}

void set_option(int fd, int level, int option, int value) {
    // A kernel without an option only notices later; pings and pongs still count.
    (void)::setsockopt(fd, level, option, &value, sizeof value);
}

int to_int(milliseconds value) {
    return static_cast<int>(std::clamp<milliseconds::rep>(value.count(), 1, 1'000'000'000));
}

bool is_out_of_resources(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
           error == EADDRNOTAVAIL || error == EAGAIN;
}

std::chrono::microseconds since(time_point from, time_point now) {
    return std::chrono::duration_cast<std::chrono::microseconds>(now - from);
}

}  // namespace

net_probe::net_probe(
    time_point now,
    probe_id id,
    const probe& what,
    std::uint64_t seed,
    std::vector<probe_event>& events
)
    : id_(id),
      what_(what),
      names_(make_probe_names(seed, id)),
      events_(events),
      started_(now),
      sent_(now) {
    const bool is_stream = what_.target.transport != transport::udp;
    if (what_.kind == probe_kind::options && is_stream &&
        what_.target.transport != transport::tcp) {
        what_.connect_timeout = what_.timeout;  // a connection is all that can be tried
    }
    if (!open(now)) {
        is_over_ = true;
    }
}

net_probe::~net_probe() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

bool net_probe::open(time_point now) {
    const bool is_datagram =
        what_.kind == probe_kind::options && what_.target.transport == transport::udp;
    sockaddr_storage to{};
    const auto length = to_sockaddr(what_.target.ip, what_.target.port, to);
    const int type = (is_datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
    fd_ = ::socket(to.ss_family, type, 0);
    if (fd_ < 0) {
        skip("no-socket");
        return false;
    }
    if (what_.source) {
        sockaddr_storage from{};
        const auto own = to_sockaddr(*what_.source, 0, from);
        if (::bind(fd_, reinterpret_cast<const sockaddr*>(&from), own) != 0) {
            skip("no-local-address");
            return false;
        }
    }
    if (!is_datagram) {
        set_keepalive();
    }
    ends_ = now + (what_.kind == probe_kind::options ? what_.timeout : what_.connect_timeout);
    deadline_ = ends_;
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), length) != 0 &&
        errno != EINPROGRESS) {
        fail_errno(errno);
        return false;
    }
    if (is_datagram) {
        request_ = make_options(what_, names_, local_of(fd_));
        repeat_ = what_.t1;
        phase_ = phase::waiting;
        send_request(now);
        return !is_over_;
    }
    return true;  // a connection that stands already is writable at once
}

void net_probe::set_keepalive() const {
    const bool has_pings = what_.ping_interval.count() > 0 && what_.kind == probe_kind::canary;
    set_option(fd_, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd_, SOL_SOCKET, SO_KEEPALIVE, 1);
    const auto limit = std::chrono::ceil<seconds>(what_.silence_limit);
    // Beside pings the kernel's keepalives only follow them: a phone on battery must not be woken.
    constexpr seconds longest_idle{32'767};
    const auto pause = std::chrono::ceil<seconds>(what_.ping_interval);
    const auto idle = std::min(
        has_pings ? std::max(limit, pause) : std::max(limit / 2, seconds(1)), longest_idle
    );
    set_option(fd_, IPPROTO_TCP, TCP_KEEPIDLE, static_cast<int>(idle.count()));
    set_option(fd_, IPPROTO_TCP, TCP_KEEPINTVL, 1);
    const auto count = std::clamp<seconds::rep>((limit - idle).count(), 1, 127);
    set_option(fd_, IPPROTO_TCP, TCP_KEEPCNT, static_cast<int>(count));
    // RFC 5482: also ends keepalives that nothing acknowledges (tcp(7)).
    const auto unanswered = has_pings ? reply_wait() : what_.silence_limit;
    set_option(fd_, IPPROTO_TCP, TCP_USER_TIMEOUT, to_int(unanswered));
}

milliseconds net_probe::reply_wait() const {
    const auto left = what_.silence_limit - what_.ping_interval;
    return left.count() > 0 ? left : what_.silence_limit;
}

void net_probe::connected(time_point now) {
    if (what_.kind == probe_kind::options) {
        if (what_.target.transport != transport::tcp) {
            alive(now, "connected");
            return;
        }
        request_ = make_options(what_, names_, local_of(fd_));
        phase_ = phase::waiting;
        send_request(now);
        return;
    }
    phase_ = phase::idle;
    events_.push_back({id_, probe_event_kind::up, {}, since(started_, now), "connected"});
    const bool has_pings =
        what_.ping_interval.count() > 0 &&
        (what_.target.transport == transport::udp || what_.target.transport == transport::tcp);
    // The first ping leaves at once: whether the peer pongs is worth knowing early.
    deadline_ = has_pings ? now : never;
}

void net_probe::send_request(time_point now) {
    sent_ = now;
    const auto sent = ::send(fd_, request_.data(), request_.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
        fail_errno(errno);
        return;
    }
    if (what_.target.transport == transport::udp) {
        deadline_ = std::min(ends_, now + repeat_);
        repeat_ = std::min(repeat_ * 2, t2);
    }
}

void net_probe::send_ping(time_point now) {
    sent_ = now;
    phase_ = phase::waiting;
    deadline_ = now + reply_wait();
    if (::send(fd_, double_crlf.data(), double_crlf.size(), MSG_NOSIGNAL) < 0 && errno != EAGAIN &&
        errno != EWOULDBLOCK) {
        fail_errno(errno);
    }
}

void net_probe::on_ready(time_point now) {
    if (is_over_) {
        return;
    }
    if (phase_ == phase::connecting) {
        int error = 0;
        socklen_t length = sizeof error;
        if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &length) != 0) {
            error = errno;
        }
        if (error != 0) {
            fail_errno(error);
            return;
        }
        connected(now);
        return;
    }
    if (what_.kind == probe_kind::options && what_.target.transport == transport::udp) {
        read_datagrams(now);
    } else {
        read_stream(now);
    }
}

void net_probe::read_datagrams(time_point now) {
    std::array<char, max_response> buffer;
    for (int turn = 0; turn < reads_per_turn && !is_over_; ++turn) {
        const auto length = ::recv(fd_, buffer.data(), buffer.size(), 0);
        if (length < 0) {
            if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
                fail_errno(errno);  // ICMP, which only a connected socket sees
            }
            return;
        }
        take_answer(now, {buffer.data(), static_cast<std::size_t>(length)});
    }
}

void net_probe::read_stream(time_point now) {
    std::array<char, 2048> buffer;
    for (int turn = 0; turn < reads_per_turn && !is_over_; ++turn) {
        const auto length = ::recv(fd_, buffer.data(), buffer.size(), 0);
        if (length < 0) {
            if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
                fail_errno(errno);
            }
            return;
        }
        if (length == 0) {
            fail({outcome_kind::reset, std::nullopt}, "closed");
            return;
        }
        if (what_.kind == probe_kind::canary) {
            // RFC 5626 3.5.1 answers with one CRLF; any octet comes from a living process.
            has_ponged_ = true;
            if (phase_ == phase::waiting) {
                phase_ = phase::idle;
                deadline_ = now + what_.ping_interval;
                alive(now, "pong");
            }
            continue;
        }
        received_.append(buffer.data(), static_cast<std::size_t>(length));
        const bool is_whole = received_.find("\r\n\r\n") != std::string::npos;
        if (received_.size() > max_response || is_whole) {
            if (!take_answer(now, received_) && !is_over_) {
                fail({outcome_kind::timeout, std::nullopt}, "no-sip");
            }
        }
    }
}

bool net_probe::take_answer(time_point now, std::string_view text) {
    const auto answer = read_probe_answer(text, names_.branch);
    if (!answer) {
        return false;
    }
    if (answer->status == 503) {
        fail({outcome_kind::unavailable, answer->retry_after}, "status-503");
    } else {
        alive(now, "response");
    }
    return true;
}

bool net_probe::has_unacknowledged() const {
    tcp_info info{};
    socklen_t length = sizeof info;
    return ::getsockopt(fd_, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 && info.tcpi_unacked != 0;
}

void net_probe::on_deadline(time_point now) {
    if (is_over_) {
        return;
    }
    if (phase_ == phase::connecting) {
        fail({outcome_kind::timeout, std::nullopt}, "connect-timeout");
    } else if (what_.kind == probe_kind::options) {
        if (now >= ends_) {
            fail({outcome_kind::timeout, std::nullopt}, "silence");
        } else {
            send_request(now);
        }
    } else if (phase_ == phase::idle) {
        send_ping(now);
    } else if (has_ponged_) {
        fail({outcome_kind::timeout, std::nullopt}, "pong-silence");
    } else if (has_unacknowledged()) {
        fail({outcome_kind::timeout, std::nullopt}, "unacknowledged");
    } else {
        // It never ponged, but its kernel acknowledged the ping: that is as much as can be asked.
        phase_ = phase::idle;
        deadline_ = std::max(now, sent_ + what_.ping_interval);
    }
}

void net_probe::alive(time_point now, std::string_view cause) {
    const bool is_last = what_.kind == probe_kind::options;
    events_.push_back({id_, probe_event_kind::alive, {}, since(sent_, now), cause});
    is_over_ = is_over_ || is_last;
}

void net_probe::fail(const outcome& what, std::string_view cause) {
    is_over_ = true;
    events_.push_back({id_, probe_event_kind::down, what, std::chrono::microseconds(0), cause});
}

void net_probe::skip(std::string_view cause) {
    is_over_ = true;
    events_.push_back({id_, probe_event_kind::skipped, {}, std::chrono::microseconds(0), cause});
}

void net_probe::fail_errno(int error) {
    if (is_out_of_resources(error)) {
        skip("no-socket");
        return;
    }
    switch (error) {
        case ECONNREFUSED:
            fail({outcome_kind::refused, std::nullopt}, "refused");
            break;
        case ECONNRESET:
        case EPIPE:
            fail({outcome_kind::reset, std::nullopt}, "reset");
            break;
        case ETIMEDOUT:
            fail({outcome_kind::timeout, std::nullopt}, "unacknowledged");
            break;
        default:
            fail({outcome_kind::refused, std::nullopt}, "unreachable");
    }
}

}  // namespace sipha::resolver::detail
