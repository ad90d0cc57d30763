// sipha-ctl: asks and directs a running sipha-proxy over its management socket.
#include <cstdio>
#include <string>

#include "proxy/ctl/command_line.hpp"
#include "proxy/ctl/print.hpp"
#include "proxy/ctl/request.hpp"
#include "proxy/ctl/user_hash.hpp"

namespace {

constexpr int refused = 1;
constexpr int usage = 2;
constexpr int environment = 3;

int fail(int code, const std::string& text) {
    std::fprintf(stderr, "sipha-ctl: %s\n", text.c_str());
    return code;
}

int write_capture(const std::string& path, std::string_view answer) {
    const auto bytes = sipha::ctl::capture_of(answer);
    auto* file = std::fopen(path.c_str(), "wb");
    const bool is_written =
        file != nullptr && std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
    const bool is_closed = file != nullptr && std::fclose(file) == 0;
    if (!is_written || !is_closed) {
        return fail(environment, path + ": cannot be written");
    }
    std::printf("%s: %zu octets\n", path.c_str(), bytes.size());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const auto parsed = sipha::ctl::parse_order(argc, argv);
    if (!parsed.go_on) {
        return parsed.exit_code;
    }
    const auto& order = *parsed.go_on;
    if (!order.user.empty()) {
        const auto hashed =
            sipha::ctl::hash_user(order.user, order.realm, sipha::ctl::read_password());
        if (!hashed.error.empty()) {
            return fail(usage, hashed.error);
        }
        std::printf("%s\n", hashed.line.c_str());
        return 0;
    }
    const auto reply = sipha::ctl::ask(order.socket, order.request);
    if (!reply.error.empty()) {
        return fail(environment, reply.error);
    }
    if (const auto error = sipha::ctl::error_of(reply.line); !error.empty()) {
        return fail(refused, error);
    }
    if (!order.file.empty() && !order.is_json) {
        return write_capture(order.file, reply.line);
    }
    const auto text =
        order.is_json ? reply.line + '\n' : sipha::ctl::for_people(order.command, reply.line);
    std::fputs(text.c_str(), stdout);
    return 0;
}
