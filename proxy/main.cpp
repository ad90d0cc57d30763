// sipha-proxy: reads the configuration, builds the pure node and runs it in a shell.
#include <sys/random.h>

#include <chrono>
#include <cstdio>
#include <system_error>

#include "proxy/admin/commands.hpp"
#include "proxy/arguments.hpp"
#include "proxy/config/config.hpp"
#include "proxy/log/spdlog_sink.hpp"
#include "proxy/node/node.hpp"
#include "proxy/shell/clock.hpp"
#include "proxy/shell/locator.hpp"
#include "proxy/shell/runtime.hpp"

namespace {

using namespace sipha;

constexpr int usage_or_configuration = 2;
constexpr int environment = 3;

std::string random_seed() {
    std::string seed(32, '\0');
    if (getrandom(seed.data(), seed.size(), 0) != static_cast<ssize_t>(seed.size())) {
        throw std::system_error(errno, std::generic_category(), "getrandom");
    }
    return seed;
}

shell::runtime_options shell_options(const config::daemon_options& options) {
    shell::runtime_options out;
    for (const auto& listener : options.node.listeners) {
        out.listeners.push_back({listener.transport, listener.ip, listener.port});
    }
    if (options.cluster_listen) {
        out.cluster = shell::link_address{options.cluster_listen->ip, options.cluster_listen->port};
    }
    for (const auto& peer : options.peers) {
        out.peers.push_back({peer.id, {peer.link.ip, peer.link.port}});
    }
    out.tcp.flows_before = static_cast<sip::flow_id>(shell::now().wall_ms) << 16;
    out.tcp.max_connections = options.connections.total;
    out.tcp.max_connections_per_source = options.connections.per_source;
    return out;
}

int run(config::daemon_options options) {
    options.node.random_seed = random_seed();
    // Seconds tell a restarted node from its earlier self; a restart takes longer than one.
    options.node.epoch = static_cast<std::uint32_t>(shell::now().wall_ms / 1000);
    proxy::node node(options.node);
    std::vector<shell::locator::dns_server> dns_servers;
    for (const auto& server : options.dns_servers) {
        dns_servers.push_back({server.ip, server.port});
    }
    shell::locator locator(std::move(dns_servers));
    sipha::log::log_options log;
    log.least = options.log_level;
    const auto sink = sipha::log::make_log_sink(std::move(log));
    shell::runtime runtime(node, shell_options(options), &locator, sink);
    locator.attach(runtime.executor());
    runtime.start();
    if (!options.admin_socket.empty()) {
        shell::admin_socket::options where;
        where.path = options.admin_socket;
        runtime.serve_admin(std::move(where), [&](std::string_view request) {
            return admin::answer(
                shell::now(),
                node,
                [&](const auto& take) {
                    for (const auto& field : shell::counter_fields()) {
                        take(field.name, runtime.counts().*field.value);
                    }
                },
                request
            );
        });
    }
    runtime.stop_on_signals();
    sink(
        {proxy::log_level::info,
         "event=started name=" + options.node.name + " version=" SIPHA_VERSION}
    );
    runtime.run();
    locator.detach();
    sink({proxy::log_level::info, "event=stopped name=" + options.node.name});
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const auto arguments = proxy::parse_arguments(argc, argv);
    if (!arguments.go_on) {
        return arguments.exit_code;
    }
    auto loaded = config::load(arguments.go_on->config);
    for (const auto& finding : loaded.diag.sorted()) {
        std::fprintf(stderr, "%s\n", loaded.diag.format(finding).c_str());
    }
    if (!loaded.options) {
        return loaded.was_read ? usage_or_configuration : environment;
    }
    if (arguments.go_on->is_check) {
        std::printf("%s: ok\n", arguments.go_on->config.c_str());
        return 0;
    }
    try {
        return run(std::move(*loaded.options));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "sipha-proxy: %s\n", error.what());
        return environment;
    }
}
