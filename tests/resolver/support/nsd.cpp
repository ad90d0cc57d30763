#include "tests/resolver/support/nsd.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

#include "resolver/src/dns_message.hpp"

namespace sipha::resolver::test {
namespace {

constexpr const char* program = "/usr/sbin/nsd";
constexpr int attempts = 100;
constexpr int attempt_ms = 50;

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_port = htons(port);
    out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return out;
}

/// A port that UDP and TCP both have free at this moment.
std::uint16_t free_port() {
    for (int round = 0; round < attempts; ++round) {
        const int udp = socket(AF_INET, SOCK_DGRAM, 0);
        const int tcp = socket(AF_INET, SOCK_STREAM, 0);
        auto place = loopback(0);
        socklen_t size = sizeof place;
        auto* raw = reinterpret_cast<sockaddr*>(&place);
        const bool is_free = bind(udp, raw, size) == 0 && getsockname(udp, raw, &size) == 0 &&
                             bind(tcp, raw, size) == 0;
        close(udp);
        close(tcp);
        if (is_free) {
            return ntohs(place.sin_port);
        }
    }
    throw std::runtime_error("no loopback port is free for nsd");
}

std::string text_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

bool nsd::is_installed() {
    return access(program, X_OK) == 0;
}

nsd::nsd(const std::string& zone_name, const std::string& zone_file) {
    std::string folder = (std::filesystem::temp_directory_path() / "sipha-nsd-XXXXXX").string();
    if (!mkdtemp(folder.data())) {
        throw std::runtime_error("no folder for nsd in " + folder);
    }
    folder_ = folder;
    const std::array<std::uint8_t, 4> local{127, 0, 0, 1};
    place_ = {address::v4(local), free_port()};
    std::ofstream(folder_ + "/zone") << zone_file;
    std::ofstream(folder_ + "/nsd.conf")
        << "server:\n  ip-address: 127.0.0.1\n  port: " << place_.port
        << "\n  username: \"\"\n  chroot: \"\"\n  database: \"\"\n  server-count: 1\n"
           "  rrl-ratelimit: 0\n  round-robin: no\n  zonesdir: \""
        << folder_ << "\"\n  pidfile: \"" << folder_ << "/pid\"\n  logfile: \"" << folder_
        << "/log\"\n  xfrdfile: \"" << folder_ << "/xfrd\"\n  xfrdir: \"" << folder_
        << "\"\n  zonelistfile: \"" << folder_
        << "/zones\"\nremote-control:\n  control-enable: no\nzone:\n  name: \"" << zone_name
        << "\"\n  zonefile: zone\n";
    start();
    try {
        wait_until_it_answers(zone_name);
    } catch (...) {
        stop();
        throw;
    }
}

nsd::~nsd() {
    stop();
}

void nsd::start() {
    const auto configuration = folder_ + "/nsd.conf";
    child_ = fork();
    if (child_ == 0) {
        execl(program, program, "-d", "-c", configuration.c_str(), nullptr);
        _exit(127);
    }
    if (child_ < 0) {
        throw std::runtime_error("nsd cannot be started");
    }
}

void nsd::stop() {
    kill(child_, SIGTERM);
    int status = 0;
    waitpid(child_, &status, 0);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void nsd::wait_until_it_answers(const std::string& zone_name) {
    const auto query = detail::encode_query(1, {zone_name, record_type::a}, detail::edns_use::on);
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    const auto place = loopback(place_.port);
    connect(fd, reinterpret_cast<const sockaddr*>(&place), sizeof place);
    bool has_answered = false;
    for (int round = 0; round < attempts && !has_answered; ++round) {
        send(fd, query.data(), query.size(), 0);
        pollfd ready{fd, POLLIN, 0};
        poll(&ready, 1, attempt_ms);
        std::array<std::uint8_t, 512> buffer{};
        const auto length = recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
        // Until the zone is loaded it says SERVFAIL.
        constexpr std::uint8_t servfail = 2;
        has_answered = length > 3 && (buffer[3] & 0x0f) != servfail;
        if (!has_answered) {
            poll(nullptr, 0, attempt_ms);
        }
    }
    close(fd);
    if (!has_answered) {
        throw std::runtime_error("nsd does not answer; it says: " + text_of(folder_ + "/log"));
    }
}

}  // namespace sipha::resolver::test
