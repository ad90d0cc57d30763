#include "resolver/stub/arguments.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <string_view>

#include "resolver/cli/server_text.hpp"
#include "resolver/src/names.hpp"
#include "resolver/stub/synthetic_name.hpp"

namespace sipha::resolver::stub {
namespace {

const char* const footer =
    "Examples:\n"
    "  sipha-stub --listen 127.0.0.1:5353 --domain example.com\n"
    "  sipha-stub --listen 127.0.0.1 --domain example.com --domain example.net \\\n"
    "             --server 192.0.2.53 --probe-interval 1000 --json-log\n"
    "\n"
    "Point the phone, not the machine, at it:\n"
    "  baresip:   in ~/.baresip/config:   dns_server  127.0.0.1:5353\n"
    "  linphone:  needs port 53: --listen 127.0.0.53, then \"nameserver 127.0.0.53\" in the\n"
    "             resolv.conf of the phone's own network or mount namespace\n"
    "  Sofia-SIP: \"nameserver 127.0.0.1\" and \"port 5353\" in the file that SRESOLV_CONF names\n"
    "  pjsip:     pjsua --nameserver 127.0.0.53\n"
    "docs/stub.md tells more.\n"
    "\n"
    "SIGUSR1 prints the counters, SIGTERM and SIGINT end the program.\n"
    "Exit codes: 0 ended by a signal, 2 usage, 3 the address cannot be used.";

constexpr std::uint32_t max_probe_interval_ms = 3'600'000;
constexpr std::uint32_t min_probe_interval_ms = 100;

/// The words of the command line before they are checked.
struct words {
    std::string listen;
    std::vector<std::string> domains;
    std::vector<std::string> servers;
    std::vector<std::string> transports;
    std::string source;
    std::string family = "any";
    std::uint64_t seed = 0;
    std::uint32_t probe_interval_ms = 2000;
    bool has_no_forward = false;
    bool has_json_log = false;
    bool is_unprobed = false;
};

CLI::Option* declare(CLI::App& app, words& in, arguments& out) {
    app.add_option("--listen", in.listen, "Address to answer on, ADDR[:PORT]; port 53 unless given")
        ->required();
    app.add_option("--domain", in.domains, "SIP domain to serve; may be repeated")
        ->required()
        ->allow_extra_args(false);
    app.add_option(
           "--server", in.servers, "DNS server ADDR[:PORT]; repeat it in order of preference"
    )
        ->allow_extra_args(false);
    app.add_option("--source", in.source, "Local address that lookups leave from");
    app.add_option(
           "--transports", in.transports, "Of udp, tcp, tls: those to offer, preferred first"
    )
        ->delimiter(',')
        ->allow_extra_args(false)
        ->default_str("tls,tcp,udp");
    app.add_option("--family", in.family, "Addresses to offer: 4, 6 or any")
        ->check(CLI::IsMember({"4", "6", "any"}))
        ->default_str("any");
    app.add_option("--ttl", out.ttl_s, "Seconds a phone may keep an answer")
        ->check(CLI::Range(std::uint32_t{0}, max_ttl_s))
        ->default_str(std::to_string(default_ttl_s));
    app.add_option(
           "--probe-interval", in.probe_interval_ms, "Milliseconds between probes of a server"
    )
        ->check(CLI::Range(min_probe_interval_ms, max_probe_interval_ms))
        ->default_str("2000");
    app.add_flag("--no-probe", in.is_unprobed, "Trust the DNS: do not look whether servers live");
    app.add_flag("--no-forward", in.has_no_forward, "Refuse questions about other domains");
    app.add_flag("--json-log", in.has_json_log, "One JSON object a line instead of key=value");
    return app.add_option("--seed", in.seed, "Makes the weighted draw repeatable");
}

CLI::ValidationError wrong(const char* option, const std::string& word, const char* what) {
    return CLI::ValidationError(option, "'" + word + "' " + what);
}

void take_domains(const words& in, arguments& out) {
    for (const auto& word : in.domains) {
        auto name = detail::normalise_name(word);
        if (!name || address::parse(word)) {
            throw wrong("--domain", word, "is not a domain name");
        }
        if (!has_room_for_synthetic_names(*name)) {
            throw wrong("--domain", word, "is too long: no room for host names below it");
        }
        if (std::find(out.domains.begin(), out.domains.end(), *name) == out.domains.end()) {
            out.domains.push_back(std::move(*name));
        }
    }
    if (out.domains.size() > max_served_domains) {
        throw CLI::ValidationError(
            "--domain", "more than " + std::to_string(max_served_domains) + " domains"
        );
    }
}

void take_servers(const words& in, arguments& out) {
    const auto listen = cli::parse_server(in.listen, cli::zero_port::allowed);
    if (!listen) {
        throw wrong("--listen", in.listen, "is not ADDR or ADDR:PORT");
    }
    out.listen = *listen;
    for (const auto& word : in.servers) {
        const auto server = cli::parse_server(word);
        if (!server) {
            throw wrong("--server", word, "is not ADDR or ADDR:PORT");
        }
        if (server->ip == out.listen.ip && server->port == out.listen.port) {
            throw wrong("--server", word, "is the stub itself");
        }
        out.engine.servers.push_back(*server);
    }
    if (!in.source.empty()) {
        out.engine.source = address::parse(in.source);
        if (!out.engine.source) {
            throw wrong("--source", in.source, "is not an address");
        }
    }
}

void take_transports(const words& in, arguments& out) {
    if (in.transports.empty()) {
        return;
    }
    out.lookup.transports.clear();
    for (const auto& word : in.transports) {
        const auto value = parse_transport(word);
        if (!value || *value == transport::ws || *value == transport::wss) {
            throw wrong("--transports", word, "is not one of udp, tcp, tls");
        }
        out.lookup.transports.push_back(*value);
    }
}

}  // namespace

std::optional<arguments> parse_arguments(int argc, char** argv, int& exit_with) {
    arguments out;
    words in;
    CLI::App app{
        "DNS stub for SIP phones: answers for their domains with the servers that live, in the "
        "order\n"
        "in which to try them, in records that every phone reads alike."};
    app.footer(footer);
    app.set_version_flag("--version", "sipha-stub " SIPHA_VERSION);
    const auto* seed = declare(app, in, out);
    try {
        app.parse(argc, argv);
        take_domains(in, out);
        take_servers(in, out);
        take_transports(in, out);
    } catch (const CLI::ParseError& error) {
        exit_with = app.exit(error) == 0 ? exit_done : exit_usage;
        return std::nullopt;
    }
    if (seed->count() != 0) {
        out.lookup.seed = in.seed;
    }
    if (in.family != "any") {
        out.lookup.families = in.family == "4" ? family_use::v4_only : family_use::v6_only;
    }
    out.probe_interval = std::chrono::milliseconds(in.probe_interval_ms);
    if (in.is_unprobed) {
        out.probe_interval.reset();
    }
    out.forwards = in.has_no_forward ? forwarding::off : forwarding::on;
    out.log = in.has_json_log ? log_form::json : log_form::text;
    return out;
}

}  // namespace sipha::resolver::stub
