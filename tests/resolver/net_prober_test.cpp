#include "resolver/src/net_prober.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sipha::resolver {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// How long a test waits for what must come.
constexpr auto patience = 10s;

/// A socket on loopback; closed at the end.
class peer {
  public:
    explicit peer(int type, std::uint16_t port = 0) : fd_(::socket(AF_INET, type, 0)) {
        const int on = 1;
        ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = htons(port);
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
        if (type == SOCK_STREAM) {
            EXPECT_EQ(::listen(fd_, 16), 0);
        }
        socklen_t length = sizeof at;
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &length);
        port_ = ntohs(at.sin_port);
    }
    explicit peer(const peer* listener) : fd_(::accept(listener->fd_, nullptr, nullptr)) {}
    ~peer() { shut(); }
    peer(const peer&) = delete;
    peer& operator=(const peer&) = delete;

    std::uint16_t port() const { return port_; }
    bool is_readable() const {
        pollfd item{fd_, POLLIN, 0};
        return ::poll(&item, 1, 0) == 1;
    }
    std::string receive() {
        char text[4096];
        length_ = sizeof from_;
        const auto size =
            ::recvfrom(fd_, text, sizeof text, 0, reinterpret_cast<sockaddr*>(&from_), &length_);
        return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string{};
    }
    void answer(const std::string& text) {
        ::sendto(
            fd_,
            text.data(),
            text.size(),
            MSG_NOSIGNAL,
            reinterpret_cast<sockaddr*>(&from_),
            length_
        );
    }
    void send(const std::string& text) { ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL); }
    /// As a killed process: RST instead of FIN.
    void reset() {
        const linger at_once{1, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        shut();
    }
    void shut() {
        if (fd_ >= 0) {
            ::close(std::exchange(fd_, -1));
        }
    }

  private:
    int fd_;
    std::uint16_t port_ = 0;
    sockaddr_in from_{};
    socklen_t length_ = 0;
};

candidate at(std::uint16_t port, transport over = transport::udp) {
    candidate place;
    place.transport = over;
    place.ip = *address::parse("127.0.0.1");
    place.port = port;
    return place;
}

/// Drives a prober as the engine does, and plays the peers in between.
class NetProber : public testing::Test {
  protected:
    NetProber() : prober_(make_net_prober({.max_probes = 4, .seed = 1})) {}

    void start(
        const candidate& target, probe_kind kind, const std::function<void(probe&)>& set = {}
    ) {
        probe what;
        what.target = target;
        what.kind = kind;
        what.domain = "example.com";
        if (set) {
            set(what);
        }
        prober_->start(clock::now(), ++id_, what);
    }
    /// Runs until `claim` holds. @returns whether it did in time.
    bool until(const std::function<bool()>& claim, std::chrono::milliseconds limit = patience) {
        const auto end = clock::now() + limit;
        while (!claim()) {
            const auto now = clock::now();
            if (now >= end) {
                return false;
            }
            const auto next = std::min({prober_->next_deadline(), end, now + 20ms});
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - now).count();
            pollfd item{prober_->fd(), POLLIN, 0};
            ::poll(&item, 1, static_cast<int>(std::max<long>(0, left)));
            prober_->process(clock::now());
            for (auto& event : prober_->take_events()) {
                events_.push_back(event);
            }
        }
        return true;
    }
    const probe_event& wait_event(std::size_t number = 1) {
        EXPECT_TRUE(until([&] { return events_.size() >= number; }));
        static const probe_event none{};
        return events_.size() >= number ? events_[number - 1] : none;
    }
    /// The number of descriptors in use.
    static int descriptors() {
        int count = 0;
        for (int fd = 0; fd < 256; ++fd) {
            count += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
        }
        return count;
    }

    std::unique_ptr<prober> prober_;
    probe_id id_ = 0;
    std::vector<probe_event> events_;
};

std::string response_to(const std::string& request, const std::string& status) {
    const auto via = request.find("Via:");
    const auto end = request.find("\r\n", via);
    return "SIP/2.0 " + status + "\r\n" + request.substr(via, end - via) +
           "\r\nContent-Length: 0\r\n\r\n";
}

TEST_F(NetProber, ClosedUdpPortIsRefusedAtOnce) {
    std::uint16_t port = 0;
    { port = peer(SOCK_DGRAM).port(); }
    const auto before = clock::now();
    start(at(port), probe_kind::options);
    const auto& event = wait_event();
    EXPECT_EQ(event.kind, probe_event_kind::down);
    EXPECT_EQ(event.result.kind, outcome_kind::refused);
    EXPECT_EQ(event.cause, "refused");
    EXPECT_LT(clock::now() - before, 500ms);
}

TEST_F(NetProber, AnyResponseToOptionsIsLife) {
    peer server(SOCK_DGRAM);
    start(at(server.port()), probe_kind::options);
    ASSERT_TRUE(until([&] { return server.is_readable(); }));
    const auto request = server.receive();
    EXPECT_TRUE(request.starts_with("OPTIONS sip:example.com SIP/2.0\r\n")) << request;
    server.answer("nonsense");
    server.answer(response_to("Via: x;branch=z9hG4bKother\r\n", "200 OK"));
    server.answer(response_to(request, "404 Not Found"));
    const auto& event = wait_event();
    EXPECT_EQ(event.kind, probe_event_kind::alive);
    EXPECT_LT(event.rtt, 5s);
    EXPECT_EQ(events_.size(), 1u);
    EXPECT_EQ(prober_->next_deadline(), never);
}

TEST_F(NetProber, UnavailableTellsItsRetryAfter) {
    peer server(SOCK_DGRAM);
    start(at(server.port()), probe_kind::options);
    ASSERT_TRUE(until([&] { return server.is_readable(); }));
    auto text = response_to(server.receive(), "503 Service Unavailable");
    text.insert(text.find("Content-Length"), "Retry-After: 17\r\n");
    server.answer(text);
    const auto& event = wait_event();
    EXPECT_EQ(event.kind, probe_event_kind::down);
    EXPECT_EQ(event.result.kind, outcome_kind::unavailable);
    EXPECT_EQ(event.result.retry_after, 17s);
}

// RFC 3261 17.1.2.2.
TEST_F(NetProber, SilentUdpPlaceIsAskedAgainAndEndsInTime) {
    peer server(SOCK_DGRAM);
    const auto before = clock::now();
    start(at(server.port()), probe_kind::options, [](probe& what) {
        what.timeout = 350ms;
        what.t1 = 100ms;
    });
    const auto& event = wait_event();
    EXPECT_EQ(event.result.kind, outcome_kind::timeout);
    EXPECT_EQ(event.cause, "silence");
    EXPECT_GE(clock::now() - before, 350ms);
    int copies = 0;
    for (; server.is_readable(); ++copies) {
        server.receive();
    }
    EXPECT_EQ(copies, 3);  // at 0, 100 and 300 ms
}

TEST_F(NetProber, OptionsOverTcpUsesAConnectionOfItsOwn) {
    peer server(SOCK_STREAM);
    start(at(server.port(), transport::tcp), probe_kind::options);
    ASSERT_TRUE(until([&] { return server.is_readable(); }));
    peer stream(&server);
    ASSERT_TRUE(until([&] { return stream.is_readable(); }));
    const auto request = stream.receive();
    EXPECT_NE(request.find("Via: SIP/2.0/TCP 127.0.0.1:"), std::string::npos) << request;
    const auto text = response_to(request, "200 OK");
    stream.send(text.substr(0, 20));  // in pieces
    EXPECT_FALSE(until([&] { return !events_.empty(); }, 30ms));
    stream.send(text.substr(20));
    EXPECT_EQ(wait_event().kind, probe_event_kind::alive);
    ASSERT_TRUE(until([&] { return stream.is_readable(); }));
    EXPECT_EQ(stream.receive(), "");  // closed
}

TEST_F(NetProber, TlsPlaceIsProbedAsAMereConnection) {
    peer server(SOCK_STREAM);
    start(at(server.port(), transport::tls), probe_kind::options);
    EXPECT_EQ(wait_event().kind, probe_event_kind::alive);
    peer stream(&server);
    ASSERT_TRUE(until([&] { return stream.is_readable(); }));
    EXPECT_EQ(stream.receive(), "");
}

TEST_F(NetProber, CanaryComesUpPingsAndHearsPongs) {
    peer server(SOCK_STREAM);
    start(at(server.port()), probe_kind::canary, [](probe& what) { what.ping_interval = 50ms; });
    EXPECT_EQ(wait_event().kind, probe_event_kind::up);
    peer stream(&server);
    for (std::size_t turn = 2; turn <= 4; ++turn) {
        ASSERT_TRUE(until([&] { return stream.is_readable(); }));
        EXPECT_EQ(stream.receive(), "\r\n\r\n");  // RFC 5626 3.5.1
        stream.send("\r\n");
        EXPECT_EQ(wait_event(turn).kind, probe_event_kind::alive);
        EXPECT_EQ(events_.back().cause, "pong");
    }
}

TEST_F(NetProber, CanaryToAClosedPortIsRefusedAtOnce) {
    std::uint16_t port = 0;
    { port = peer(SOCK_STREAM).port(); }
    start(at(port), probe_kind::canary);
    const auto& event = wait_event();
    EXPECT_EQ(event.result.kind, outcome_kind::refused);
}

TEST_F(NetProber, ResetOfTheCanaryIsNoticedWithin10ms) {
    auto least = std::chrono::microseconds::max();
    for (int turn = 0; turn < 5; ++turn) {
        peer server(SOCK_STREAM);
        events_.clear();
        start(at(server.port()), probe_kind::canary);
        wait_event();
        peer stream(&server);
        const auto before = clock::now();
        stream.reset();
        const auto& event = wait_event(2);
        const auto took =
            std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - before);
        least = std::min(least, took);
        EXPECT_EQ(event.kind, probe_event_kind::down);
        EXPECT_EQ(event.result.kind, outcome_kind::reset);
        EXPECT_EQ(event.cause, "reset");
    }
    // The best of five: what is measured is this code, not what else the machine does.
    EXPECT_LT(least, 10ms);
    RecordProperty("reset_noticed_us", static_cast<int>(least.count()));
}

TEST_F(NetProber, CloseOfTheCanaryIsNoticedAtOnce) {
    peer server(SOCK_STREAM);
    start(at(server.port()), probe_kind::canary);
    wait_event();
    peer stream(&server);
    stream.shut();
    const auto& event = wait_event(2);
    EXPECT_EQ(event.result.kind, outcome_kind::reset);
    EXPECT_TRUE(event.cause == "closed" || event.cause == "reset") << event.cause;
}

TEST_F(NetProber, PeerThatPongedOnceMustGoOn) {
    peer server(SOCK_STREAM);
    const auto start_time = clock::now();
    start(at(server.port()), probe_kind::canary, [](probe& what) {
        what.ping_interval = 100ms;
        what.silence_limit = 300ms;
    });
    wait_event();
    peer stream(&server);
    ASSERT_TRUE(until([&] { return stream.is_readable(); }));
    stream.receive();
    stream.send("\r\n");
    wait_event(2);
    const auto& event = wait_event(3);  // its kernel goes on acknowledging
    EXPECT_EQ(event.result.kind, outcome_kind::timeout);
    EXPECT_EQ(event.cause, "pong-silence");
    EXPECT_GE(clock::now() - start_time, 300ms);
    EXPECT_LT(clock::now() - start_time, 5s);
}

TEST_F(NetProber, PeerThatNeverPongedIsHeldToItsKernelOnly) {
    peer server(SOCK_STREAM);
    start(at(server.port()), probe_kind::canary, [](probe& what) {
        what.ping_interval = 40ms;
        what.silence_limit = 80ms;
    });
    wait_event();
    peer stream(&server);
    EXPECT_FALSE(until([&] { return events_.size() > 1; }, 500ms));
}

TEST_F(NetProber, CanaryWithoutPingsSendsNothing) {
    peer server(SOCK_STREAM);
    for (const auto over : {transport::tls, transport::udp}) {
        start(at(server.port(), over), probe_kind::canary, [over](probe& what) {
            what.ping_interval = over == transport::udp ? 0ms : 20ms;
        });
        const auto number = events_.size() + 1;
        EXPECT_EQ(wait_event(number).kind, probe_event_kind::up);
        peer stream(&server);
        EXPECT_FALSE(until([&] { return stream.is_readable(); }, 100ms));
        prober_->stop(id_);
    }
}

TEST_F(NetProber, StoppedProbeSaysNothingMore) {
    peer server(SOCK_STREAM);
    start(at(server.port()), probe_kind::canary);
    wait_event();
    peer stream(&server);
    prober_->stop(id_);
    prober_->stop(id_);
    prober_->stop(99);
    EXPECT_FALSE(until([&] { return events_.size() > 1; }, 50ms));
    EXPECT_EQ(prober_->next_deadline(), never);
}

TEST_F(NetProber, StopBeforeCollectionTakesTheEventBack) {
    probe what;
    what.target = at(1);
    what.source = *address::parse("192.0.2.77");  // not ours
    prober_->start(clock::now(), 5, what);
    prober_->stop(5);
    EXPECT_TRUE(prober_->take_events().empty());
}

TEST_F(NetProber, MissingSourceAddressIsNoJudgementOfThePlace) {
    peer server(SOCK_DGRAM);
    start(at(server.port()), probe_kind::options, [](probe& what) {
        what.source = *address::parse("192.0.2.77");
    });
    EXPECT_LE(prober_->next_deadline(), clock::now());
    const auto& event = wait_event();
    EXPECT_EQ(event.kind, probe_event_kind::skipped);
    EXPECT_EQ(event.cause, "no-local-address");
}

TEST_F(NetProber, SourceAddressIsUsed) {
    peer server(SOCK_DGRAM);
    start(at(server.port()), probe_kind::options, [](probe& what) {
        what.source = *address::parse("127.0.0.77");
    });
    ASSERT_TRUE(until([&] { return server.is_readable(); }));
    EXPECT_NE(server.receive().find("Via: SIP/2.0/UDP 127.0.0.77:"), std::string::npos);
}

TEST_F(NetProber, OneProbeTooManyIsSkipped) {
    peer server(SOCK_DGRAM);
    for (int probe = 0; probe < 5; ++probe) {
        start(at(server.port()), probe_kind::options);
    }
    const auto& event = wait_event();
    EXPECT_EQ(event.kind, probe_event_kind::skipped);
    EXPECT_EQ(event.id, 5u);
    EXPECT_EQ(event.cause, "too-many-probes");
}

TEST_F(NetProber, NoSocketLeftIsNoJudgementOfThePlace) {
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    rlimit none = before;
    none.rlim_cur = 3;
    ::setrlimit(RLIMIT_NOFILE, &none);
    probe what;
    what.target = at(5060);
    prober_->start(clock::now(), 1, what);
    ::setrlimit(RLIMIT_NOFILE, &before);
    const auto events = prober_->take_events();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].kind, probe_event_kind::skipped);
    EXPECT_EQ(events[0].cause, "no-socket");
}

TEST_F(NetProber, FloodOfOtherTextDoesNotEndAProbe) {
    peer server(SOCK_STREAM);
    start(at(server.port(), transport::tcp), probe_kind::options);
    ASSERT_TRUE(until([&] { return server.is_readable(); }));
    peer stream(&server);
    stream.send(std::string(20'000, 'x'));
    const auto& event = wait_event();
    EXPECT_EQ(event.result.kind, outcome_kind::timeout);
    EXPECT_EQ(event.cause, "no-sip");
}

TEST_F(NetProber, DestructionClosesEverySocket) {
    const auto before = descriptors();
    {
        peer server(SOCK_STREAM);
        const auto other = make_net_prober();
        probe what;
        what.target = at(server.port());
        other->start(clock::now(), 1, what);
        what.kind = probe_kind::options;
        other->start(clock::now(), 2, what);
        EXPECT_GT(descriptors(), before + 2);
    }
    EXPECT_EQ(descriptors(), before);
}

}  // namespace
}  // namespace sipha::resolver
