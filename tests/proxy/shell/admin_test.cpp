#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "tests/proxy/shell/client_socket.hpp"
#include "tests/proxy/shell/worker.hpp"

namespace sipha::shell::test {

namespace {

/// A directory of its own for each test, removed at its end.
class admin_socket_test : public testing::Test {
  protected:
    admin_socket_test() {
        std::string pattern = testing::TempDir() + "sipha-admin-XXXXXX";
        directory_ = ::mkdtemp(pattern.data());
        path_ = directory_ + "/admin.sock";
    }
    ~admin_socket_test() override { std::filesystem::remove_all(directory_); }

    static std::string answer(std::string_view line) { return "you said " + std::string(line); }
    /// Runs a worker with an admin socket at path_.
    void serve(worker& node, admin_limits limits = {}) {
        node.get().serve_admin({path_, limits}, answer);
        node.run();
    }
    std::string ask(std::string_view request) {
        auto client = client_socket::local(path_);
        client.send(request);
        return client.receive_bytes(1 << 20);
    }

    std::string directory_;
    std::string path_;
};

}  // namespace

TEST_F(admin_socket_test, AnswersOneLineAndCloses) {
    echo_machine machine;
    worker node(machine, {});
    serve(node);
    EXPECT_EQ(ask("status\n"), "you said status\n");
    EXPECT_EQ(ask("status\r\n"), "you said status\n");
    EXPECT_EQ(ask("\n"), "you said \n");
}

TEST_F(admin_socket_test, OnlyTheOwnerMayUseIt) {
    echo_machine machine;
    worker node(machine, {});
    serve(node);
    struct stat info {};
    ASSERT_EQ(::lstat(path_.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(admin_socket_test, TheHandlersEffectsArePerformed) {
    echo_machine machine;
    worker node(machine, one_listener(sip::transport::udp));
    auto phone = client_socket::udp(0);
    const sip::hop to{0, {sip::transport::udp, loopback(), phone.port()}, 0};
    node.get().serve_admin({path_, {}}, [&](std::string_view line) {
        node.get().act([&](timing::instant, proxy::effects& out) { out.messages.add(to, 0, line); }
        );
        return std::string("done");
    });
    node.run();
    EXPECT_EQ(ask("wake up\n"), "done\n");
    EXPECT_EQ(phone.receive(), "wake up");
}

TEST_F(admin_socket_test, ALineAtTheLimitIsAnsweredAndOneBeyondIsRefused) {
    echo_machine machine;
    worker node(machine, {});
    serve(node, {100, 16, std::chrono::seconds(10)});
    const std::string longest(100, 'x');
    EXPECT_EQ(ask(longest + "\n"), "you said " + longest + "\n");
    EXPECT_EQ(ask(longest + "y"), "error: the request line exceeds 100 bytes\n");
    EXPECT_EQ(node.counts().admin_line_too_long, 1U);
}

TEST_F(admin_socket_test, AClientThatSaysNothingIsClosed) {
    echo_machine machine;
    worker node(machine, {});
    serve(node, {100, 16, std::chrono::milliseconds(30)});
    auto client = client_socket::local(path_);
    client.send("half a li");
    EXPECT_TRUE(client.wait_for_end());
    EXPECT_EQ(node.counts().admin_timeouts, 1U);
}

TEST_F(admin_socket_test, ClientsAreCapped) {
    echo_machine machine;
    worker node(machine, {});
    serve(node, {100, 2, std::chrono::seconds(10)});
    auto first = client_socket::local(path_);
    auto second = client_socket::local(path_);
    auto third = client_socket::local(path_);
    EXPECT_TRUE(third.wait_for_end());
    first.send("a\n");
    EXPECT_EQ(first.receive_bytes(100), "you said a\n");
    EXPECT_EQ(node.counts().admin_refused_cap, 1U);
    EXPECT_EQ(ask("b\n"), "you said b\n");
}

TEST_F(admin_socket_test, ASecondServerOnALiveSocketIsRefused) {
    echo_machine machine;
    worker first(machine, {});
    serve(first);
    runtime second(machine, {});
    try {
        second.serve_admin({path_, {}}, answer);
        FAIL() << "two processes share an admin socket";
    } catch (const std::system_error& error) {
        EXPECT_EQ(error.code().value(), EADDRINUSE);
        EXPECT_NE(std::string(error.what()).find(path_), std::string::npos);
    }
    EXPECT_EQ(ask("still mine\n"), "you said still mine\n");
}

TEST_F(admin_socket_test, AStaleFileIsReplaced) {
    const int dead = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(dead, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(dead);
    ASSERT_TRUE(std::filesystem::exists(path_));
    echo_machine machine;
    worker node(machine, {});
    serve(node);
    EXPECT_EQ(ask("hello\n"), "you said hello\n");
}

TEST_F(admin_socket_test, AFileThatIsNoSocketIsLeftAlone) {
    std::ofstream(path_) << "precious";
    echo_machine machine;
    runtime node(machine, {});
    EXPECT_THROW(node.serve_admin({path_, {}}, answer), std::system_error);
    std::string content;
    std::ifstream(path_) >> content;
    EXPECT_EQ(content, "precious");
}

TEST_F(admin_socket_test, APathTooLongForASocketIsRefused) {
    echo_machine machine;
    runtime node(machine, {});
    const std::string path = directory_ + "/" + std::string(108, 'p');
    EXPECT_THROW(node.serve_admin({path, {}}, answer), std::system_error);
    EXPECT_THROW(node.serve_admin({"", {}}, answer), std::system_error);
}

TEST_F(admin_socket_test, TheFileIsRemovedAtStopUnlessItBelongsToAnother) {
    echo_machine machine;
    {
        worker node(machine, {});
        serve(node);
        ASSERT_TRUE(std::filesystem::exists(path_));
    }
    EXPECT_FALSE(std::filesystem::exists(path_));
    {
        worker node(machine, {});
        serve(node);
        std::filesystem::remove(path_);
        std::ofstream(path_) << "another's";
    }
    EXPECT_TRUE(std::filesystem::exists(path_));
}

}  // namespace sipha::shell::test
