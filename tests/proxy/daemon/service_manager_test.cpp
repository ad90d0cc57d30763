#include "proxy/daemon/service_manager.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>

namespace sipha::daemon {
namespace {

/// Takes what a service manager would take.
class manager_test : public testing::Test {
  protected:
    manager_test() {
        std::string pattern = testing::TempDir() + "sipha-notify-XXXXXX";
        directory_ = ::mkdtemp(pattern.data());
        path_ = directory_ + "/notify";
        descriptor_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path_.copy(address.sun_path, sizeof address.sun_path - 1);
        EXPECT_EQ(
            ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0
        );
    }
    ~manager_test() override {
        ::close(descriptor_);
        std::filesystem::remove_all(directory_);
    }
    std::string received() const {
        char text[4096];
        const auto size = ::recv(descriptor_, text, sizeof text, 0);
        return size < 0 ? "nothing" : std::string(text, static_cast<std::size_t>(size));
    }

    std::string directory_;
    std::string path_;
    int descriptor_ = -1;
};

TEST_F(manager_test, IsToldWhatHappens) {
    const service_manager manager(path_, "");
    manager.ready("serving");
    EXPECT_EQ(received(), "READY=1\nSTATUS=serving");
    manager.stopping();
    EXPECT_EQ(received(), "STOPPING=1\nSTATUS=stopping");
    manager.alive();
    EXPECT_EQ(received(), "WATCHDOG=1");
    manager.reloading();
    EXPECT_EQ(received().substr(0, 27), "RELOADING=1\nMONOTONIC_USEC=");
}

TEST_F(manager_test, IsNamedByTheEnvironmentOfThisProcessOnly) {
    ::setenv("NOTIFY_SOCKET", path_.c_str(), 1);
    ::setenv("WATCHDOG_USEC", "3000000", 1);
    const auto manager = service_manager::from_environment();
    EXPECT_EQ(::getenv("NOTIFY_SOCKET"), nullptr) << "a child would speak for us";
    EXPECT_EQ(manager.watchdog_interval(), std::chrono::microseconds(1'500'000));
    EXPECT_TRUE(manager.notify("READY=1"));
    EXPECT_EQ(received(), "READY=1");
}

TEST(ServiceManager, WithoutOneNothingIsSent) {
    EXPECT_FALSE(service_manager("", "").notify("READY=1"));
    EXPECT_FALSE(service_manager("/nowhere/notify", "").notify("READY=1"));
    EXPECT_FALSE(service_manager(std::string(200, 'x'), "").notify("READY=1"));
}

TEST(ServiceManager, WatchdogTimeIsReadStrictly) {
    EXPECT_EQ(service_manager("", "2").watchdog_interval(), std::chrono::microseconds(1));
    for (const auto* wrong : {"", "0", "1", "-5", "x", "10s", "99999999999999999999"}) {
        EXPECT_FALSE(service_manager("", wrong).watchdog_interval()) << wrong;
    }
}

}  // namespace
}  // namespace sipha::daemon
