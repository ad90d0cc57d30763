#include "proxy/arguments.hpp"

#include <CLI/CLI.hpp>

namespace sipha::proxy {

parsed_arguments parse_arguments(int argc, char** argv) {
    CLI::App app(
        "sipha-proxy: edge SIP proxy, registrar and cluster node.\n"
        "Keeps calls to registered phones working when nodes of the cluster die."
    );
    app.footer(
        "Examples:\n"
        "  sipha-proxy --config /etc/sipha/proxy.yaml --check   say all that is wrong with it\n"
        "  sipha-proxy --config /etc/sipha/proxy.yaml           run in the foreground\n"
        "SIGTERM or SIGINT ends it. Ask a running one with sipha-ctl.\n"
        "Exit codes: 0 done; 2 wrong usage or configuration; 3 the environment failed\n"
        "(an address cannot be bound, a file cannot be read)."
    );
    arguments out;
    app.add_option("-c,--config", out.config, "configuration file (YAML)")->required();
    app.add_flag("--check", out.is_check, "validate the configuration and exit");
    app.set_version_flag("--version", "sipha-proxy " SIPHA_VERSION);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return {std::nullopt, app.exit(error) == 0 ? 0 : 2};
    }
    return {out, 0};
}

}  // namespace sipha::proxy
