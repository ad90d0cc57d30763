#include "proxy/shell/load_probe.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

namespace sipha::shell {
namespace {

using namespace std::chrono_literals;

/// A UDP socket on loopback that nobody reads.
class deaf_socket {
  public:
    deaf_socket() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in self{};
        self.sin_family = AF_INET;
        self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&self), sizeof self), 0);
        socklen_t size = sizeof self;
        EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&self), &size), 0);
        EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&self), size), 0);
    }
    ~deaf_socket() { ::close(socket_); }
    deaf_socket(const deaf_socket&) = delete;
    deaf_socket& operator=(const deaf_socket&) = delete;

    void send_to_itself(int count) {
        const std::string text(1000, 'x');
        for (int i = 0; i < count; ++i) {
            ::send(socket_, text.data(), text.size(), 0);
        }
    }
    int descriptor() const { return socket_; }

  private:
    int socket_;
};

TEST(LoadProbe, SeesHowFullASocketIs) {
    const deaf_socket empty;
    deaf_socket full;
    load_probe probe;
    auto now = timing::time_point(1h);
    const std::array both{empty.descriptor(), full.descriptor()};
    const auto first = probe.look(now, both);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->queue, 0);
    full.send_to_itself(10'000);
    now += load_probe::interval;
    const auto second = probe.look(now, both);
    ASSERT_TRUE(second);
    EXPECT_GT(second->queue, 0.9);
    EXPECT_LE(second->queue, 1.0);
    EXPECT_GE(second->busy, 0.0);
    EXPECT_LE(second->busy, 1.0);
}

TEST(LoadProbe, LooksOncePerIntervalAndSurvivesABadDescriptor) {
    load_probe probe;
    const auto now = timing::time_point(1h);
    const std::array bad{-1};
    ASSERT_TRUE(probe.look(now, bad));
    EXPECT_FALSE(probe.look(now + load_probe::interval - 1ns, bad));
    const auto sample = probe.look(now + load_probe::interval, bad);
    ASSERT_TRUE(sample);
    EXPECT_EQ(sample->queue, 0);
}

}  // namespace
}  // namespace sipha::shell
