#include "resolver/cli/arguments.hpp"

#include <CLI/CLI.hpp>

#include <vector>

#include "resolver/cli/server_text.hpp"

namespace sipha::resolver::cli {
namespace {

const char* const footer =
    "Examples:\n"
    "  sipha-locate sip:alice@example.com\n"
    "  sipha-locate sips:example.com --server 192.0.2.53 --explain\n"
    "  sipha-locate sip:example.com --server 127.0.0.1:5353 --transports tcp,udp --json\n"
    "  sipha-locate sip:example.com --probe     ask each server whether it lives\n"
    "  sipha-locate sip:example.com --watch     print what a phone would do, until Ctrl-C\n"
    "\n"
    "--probe sends one OPTIONS over UDP and TCP; of TLS, WS and WSS it tries the connection.\n"
    "Exit codes: 0 found (with --probe: one lives), 1 no target (with --probe: none lives),\n"
    "2 usage, 3 DNS failure.";

std::vector<transport> parse_transports(const std::vector<std::string>& words) {
    std::vector<transport> list;
    for (const auto& word : words) {
        const auto value = parse_transport(word);
        if (!value) {
            throw CLI::ValidationError(
                "--transports", "'" + word + "' is not one of udp, tcp, tls, ws, wss"
            );
        }
        list.push_back(*value);
    }
    return list;
}

}  // namespace

std::optional<arguments> parse_arguments(int argc, char** argv, int& exit_with) {
    arguments out;
    CLI::App app{"Finds the servers of a SIP URI (RFC 3263), in the order in which to try them."};
    app.footer(footer);
    app.set_version_flag("--version", "sipha-locate " SIPHA_VERSION);
    std::vector<std::string> servers;
    std::vector<std::string> transports;
    std::string source;
    std::string family = "any";
    std::uint64_t seed = 0;
    bool has_explain = false;
    bool has_json = false;
    bool is_strict = false;
    bool has_probe = false;
    bool has_watch = false;
    app.add_option("URI", out.uri, "SIP or SIPS URI, like sip:alice@example.com")->required();
    app.add_option("--server", servers, "DNS server ADDR[:PORT]; repeat it in order of preference")
        ->allow_extra_args(false);
    app.add_option("--source", source, "Local address that DNS queries and probes leave from");
    app.add_option("--transports", transports, "Comma-separated, in order of preference")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->default_str("tls,tcp,udp");
    app.add_option("--family", family, "Addresses to use: 4, 6 or any")
        ->check(CLI::IsMember({"4", "6", "any"}))
        ->default_str("any");
    auto* seed_option = app.add_option("--seed", seed, "Makes the weighted draw repeatable");
    app.add_flag("--strict", is_strict, "Stop after the first NAPTR order that applies");
    auto* explain =
        app.add_flag("--explain", has_explain, "Show every query, answer, rule and draw");
    auto* probe = app.add_flag("--probe", has_probe, "Ask each server whether it lives");
    app.add_flag("--watch", has_watch, "Stay: print each change of server, one line each")
        ->excludes(explain)
        ->excludes(probe);
    app.add_flag("--json", has_json, "Machine-readable output");
    try {
        app.parse(argc, argv);
        for (const auto& text : servers) {
            const auto server = parse_server(text);
            if (!server) {
                throw CLI::ValidationError("--server", "'" + text + "' is not ADDR or ADDR:PORT");
            }
            out.engine.servers.push_back(*server);
        }
        if (!source.empty()) {
            out.engine.source = address::parse(source);
            if (!out.engine.source) {
                throw CLI::ValidationError("--source", "'" + source + "' is not an address");
            }
        }
        if (!transports.empty()) {
            out.lookup.transports = parse_transports(transports);
        }
    } catch (const CLI::ParseError& error) {
        exit_with = app.exit(error) == 0 ? exit_found : exit_usage;
        return std::nullopt;
    }
    if (seed_option->count() != 0) {
        out.lookup.seed = seed;
    }
    if (family != "any") {
        out.lookup.families = family == "4" ? family_use::v4_only : family_use::v6_only;
    }
    out.lookup.naptr_scope = is_strict ? naptr_scope::strict : naptr_scope::next_order;
    out.lookup.explain = has_explain ? explain_level::full : explain_level::none;
    out.probes = has_probe ? probing::on : probing::off;
    out.watches = has_watch ? watching::on : watching::off;
    out.format = has_json ? output_format::json : output_format::table;
    return out;
}

}  // namespace sipha::resolver::cli
