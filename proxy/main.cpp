// sipha-proxy: reads the configuration and runs the daemon.
#include <cstdio>
#include <exception>
#include <utility>

#include "proxy/arguments.hpp"
#include "proxy/config/config.hpp"
#include "proxy/daemon/daemon.hpp"

namespace {

constexpr int usage_or_configuration = 2;
constexpr int environment = 3;

}  // namespace

int main(int argc, char** argv) {
    using namespace sipha;
    const auto arguments = proxy::parse_arguments(argc, argv);
    if (!arguments.go_on) {
        return arguments.exit_code;
    }
    const auto& path = arguments.go_on->config;
    auto loaded = config::load(path);
    for (const auto& finding : loaded.diag.sorted()) {
        std::fprintf(stderr, "%s\n", loaded.diag.format(finding).c_str());
    }
    if (!loaded.options) {
        return loaded.was_read ? usage_or_configuration : environment;
    }
    if (arguments.go_on->is_check) {
        std::printf("%s: ok\n", path.c_str());
        return 0;
    }
    try {
        daemon::process process(
            {path, std::move(*loaded.options), std::move(loaded.values), daemon::find_predecessor()}
        );
        process.run();
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "sipha-proxy: %s\n", error.what());
        return environment;
    }
}
