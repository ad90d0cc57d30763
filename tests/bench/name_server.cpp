#include "tests/bench/name_server.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "tests/bench/sockets.hpp"
#include "tests/bench/zones.hpp"

namespace sipha::bench {
namespace {

constexpr std::uint8_t octet = 53;  // 127.0.0.53
constexpr int question_patience_ms = 50;
constexpr int start_attempts = 200;  // of the above: 10 s
constexpr const char* program = "/usr/sbin/nsd";

std::string master_file(const zone_text& zone) {
    return "$ORIGIN " + zone.origin +
           ".\n$TTL 3600\n@ SOA ns host 1 3600 600 86400 300\n@ NS ns\nns A 127.0.0.1" +
           zone.records;
}

}  // namespace

scratch_folder::scratch_folder() {
    auto pattern = (std::filesystem::temp_directory_path() / "sipha-bench-XXXXXX").string();
    if (!mkdtemp(pattern.data())) {
        throw std::system_error(errno, std::system_category(), "mkdtemp " + pattern);
    }
    path_ = pattern;
}

scratch_folder::~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string scratch_folder::write(std::string_view name, std::string_view text) const {
    auto path = path_ + "/" + std::string(name);
    const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "w"), &std::fclose);
    if (!file || std::fwrite(text.data(), 1, text.size(), file.get()) != text.size()) {
        throw std::system_error(errno, std::system_category(), path);
    }
    return path;
}

name_server::name_server() : place_(free_place(octet)) {
    const auto& at = folder_.path();
    std::string text =
        "server:\n  server-count: 1\n  rrl-ratelimit: 0\n  username: \"\"\n"
        "  chroot: \"\"\n  database: \"\"\n  hide-version: yes\n";
    text += "  ip-address: " + place_.ip.to_string() + "@" + std::to_string(place_.port) + "\n";
    text += "  zonesdir: \"" + at + "\"\n  pidfile: \"" + at + "/nsd.pid\"\n";
    text += "  logfile: \"" + at + "/nsd.log\"\n  xfrdfile: \"" + at + "/xfrd.state\"\n";
    text += "  xfrdir: \"" + at + "\"\n  zonelistfile: \"" + at + "/zone.list\"\n";
    text += "remote-control:\n  control-enable: no\n";
    for (const auto& zone : zones()) {
        folder_.write(zone.origin, master_file(zone));
        text += "zone:\n  name: " + zone.origin + "\n  zonefile: " + zone.origin + "\n";
    }
    start(folder_.write("nsd.conf", text));
}

name_server::~name_server() {
    stop();
}

void name_server::start(const std::string& configuration) {
    if (access(program, X_OK) != 0) {
        throw std::runtime_error(std::string(program) + " not found: install the package nsd");
    }
    // NSD's own children come to us when it ends, so that none is left behind.
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    process_ = fork();
    if (process_ < 0) {
        throw std::system_error(errno, std::system_category(), "fork");
    }
    if (process_ == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        const int nothing = open("/dev/null", O_RDWR);
        dup2(nothing, STDOUT_FILENO);
        dup2(nothing, STDERR_FILENO);
        execl(program, program, "-d", "-c", configuration.c_str(), nullptr);
        _exit(127);
    }
    for (int attempt = 0; attempt < start_attempts; ++attempt) {
        const resolver::question asked{"h1.warm.test", resolver::record_type::a};
        if (!ask_once(place_, asked, question_patience_ms).empty()) {
            return;
        }
        if (waitpid(process_, nullptr, WNOHANG) == process_) {
            process_ = -1;
            throw std::runtime_error("nsd ended at start; run it on the zones of zones.cpp");
        }
    }
    stop();
    throw std::runtime_error("nsd does not answer on " + place_.ip.to_string());
}

void name_server::stop() {
    if (process_ > 0) {
        kill(process_, SIGTERM);
        while (waitpid(-process_, nullptr, 0) > 0) {
        }
        process_ = -1;
    }
}

}  // namespace sipha::bench
