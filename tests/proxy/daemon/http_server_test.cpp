#include "proxy/daemon/http_server.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <mutex>
#include <string>
#include <vector>

namespace sipha::daemon {
namespace {

using namespace std::chrono_literals;

/// A browser on loopback, blocking with a limit.
class browser {
  public:
    explicit browser(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
        const timeval limit{5, 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(
            ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0
        );
    }
    ~browser() { ::close(descriptor_); }
    browser(const browser&) = delete;
    browser& operator=(const browser&) = delete;

    void send(std::string_view text) const {
        EXPECT_EQ(
            ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(text.size())
        );
    }
    /// All until the server closes.
    std::string rest() const {
        std::string out;
        char buffer[4096];
        for (ssize_t size = 0; (size = ::recv(descriptor_, buffer, sizeof buffer, 0)) > 0;) {
            out.append(buffer, static_cast<std::size_t>(size));
        }
        return out;
    }
    std::string get(const std::string& path) const {
        send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        return rest();
    }

  private:
    int descriptor_;
};

http_server::options on_loopback(http_limits limits = {}) {
    http_server::options out;
    out.ip = *geo::ip_address::parse("127.0.0.1");
    out.limits = limits;
    return out;
}

void answer_all(std::string request, std::function<void(std::string)> reply) {
    const bool is_ready = request.find("ready") != std::string::npos;
    const bool is_metrics = request.find("metrics") != std::string::npos;
    reply(
        is_ready     ? R"({"ok":true,"ready":false,"reasons":["the node drains"]})"
        : is_metrics ? R"({"ok":true,"text":"a_total 1\n"})"
                     : R"({"ok":true,"name":"ams1"})"
    );
}
void answer_never(std::string, std::function<void(std::string)>) {}

TEST(HttpServer, ServesWhatTheWorkerSays) {
    http_server server(on_loopback(), answer_all);
    server.start();
    const auto page = browser(server.port()).get("/");
    EXPECT_TRUE(page.starts_with("HTTP/1.1 200 OK\r\n")) << page;
    EXPECT_NE(page.find("<title>ams1"), std::string::npos);
    EXPECT_NE(page.find("Content-Security-Policy: default-src 'none'"), std::string::npos);
    EXPECT_TRUE(browser(server.port()).get("/metrics").ends_with("\r\n\r\na_total 1\n"));
    EXPECT_TRUE(browser(server.port()).get("/healthz").ends_with("\r\n\r\nok\n"));
    const auto ready = browser(server.port()).get("/readyz");
    EXPECT_TRUE(ready.starts_with("HTTP/1.1 503 ")) << ready;
    EXPECT_NE(ready.find("the node drains"), std::string::npos);
    EXPECT_TRUE(browser(server.port()).get("/x").starts_with("HTTP/1.1 404 "));
    EXPECT_EQ(server.requests(), 5U);
}

TEST(HttpServer, SeveralRequestsShareAConnection) {
    http_server server(on_loopback(), answer_all);
    server.start();
    const browser one(server.port());
    one.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto both = one.get("/healthz");
    EXPECT_NE(both.find("ok\nHTTP/1.1 200 OK"), std::string::npos) << both;
}

TEST(HttpServer, AWorkerThatDoesNotAnswerIsUnhealthy) {
    http_limits limits;
    limits.worker_timeout = 20ms;
    http_server server(on_loopback(limits), answer_never);
    server.start();
    const auto health = browser(server.port()).get("/healthz");
    EXPECT_TRUE(health.starts_with("HTTP/1.1 503 ")) << health;
    EXPECT_NE(health.find("the worker did not answer in time"), std::string::npos);
    EXPECT_TRUE(browser(server.port()).get("/status.css").starts_with("HTTP/1.1 200 "));
}

TEST(HttpServer, AnAnswerThatComesTooLateHarmsNobody) {
    http_limits limits;
    limits.worker_timeout = 20ms;
    std::mutex mutex;
    std::vector<std::function<void(std::string)>> replies;
    http_server server(
        on_loopback(limits),
        [&](std::string, std::function<void(std::string)> reply) {
            const std::lock_guard lock(mutex);
            replies.push_back(std::move(reply));
        }
    );
    server.start();
    EXPECT_TRUE(browser(server.port()).get("/healthz").starts_with("HTTP/1.1 503 "));
    {
        const std::lock_guard lock(mutex);
        ASSERT_EQ(replies.size(), 1U);
        replies[0]("late");
    }
    EXPECT_TRUE(browser(server.port()).get("/status.css").starts_with("HTTP/1.1 200 "));
}

TEST(HttpServer, SlowAndLargeRequestsEnd) {
    http_limits limits;
    limits.timeout = 50ms;
    limits.max_header_bytes = 512;
    http_server server(on_loopback(limits), answer_all);
    server.start();
    const browser slow(server.port());
    slow.send("GET / HTTP/1.1\r\n");
    EXPECT_EQ(slow.rest(), "");
    const browser large(server.port());
    large.send("GET /" + std::string(600, 'x') + " HTTP/1.1\r\n\r\n");
    EXPECT_EQ(large.rest(), "");
    const browser body(server.port());
    body.send("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello");
    EXPECT_EQ(body.rest(), "");
    const browser noise(server.port());
    noise.send(std::string_view("\0\xff\r\n\r\n", 6));
    EXPECT_EQ(noise.rest(), "");
}

TEST(HttpServer, ConnectionsHaveALimit) {
    http_limits limits;
    limits.max_connections = 2;
    http_server server(on_loopback(limits), answer_all);
    server.start();
    const browser one(server.port());
    one.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const browser two(server.port());
    two.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(browser(server.port()).rest(), "") << "closed at once";
    EXPECT_EQ(server.refused(), 1U);
    EXPECT_TRUE(one.get("/healthz").starts_with("HTTP/1.1 200 "));
}

TEST(HttpServer, AddressThatIsTakenIsNamed) {
    http_server server(on_loopback(), answer_all);
    auto same = on_loopback();
    same.port = server.port();
    try {
        http_server second(same, answer_all);
        FAIL() << "bound twice";
    } catch (const std::system_error& error) {
        EXPECT_NE(
            std::string(error.what()).find("127.0.0.1:" + std::to_string(server.port())),
            std::string::npos
        ) << error.what();
    }
}

}  // namespace
}  // namespace sipha::daemon
