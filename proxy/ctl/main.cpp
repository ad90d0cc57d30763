// sipha-ctl: asks a running sipha-proxy over its management socket.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "proxy/ctl/print.hpp"
#include "proxy/ctl/request.hpp"

namespace {

constexpr int refused = 1;
constexpr int usage = 2;
constexpr int environment = 3;

/// Text as a JSON string; the addresses of record asked for are plain ASCII in practice.
std::string json_string(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        if (static_cast<unsigned char>(c) >= 0x20) {
            out += c;
        }
    }
    return out + '"';
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("sipha-ctl: asks a running sipha-proxy.");
    app.footer(
        "Examples:\n"
        "  sipha-ctl status                          counters and readiness of this node\n"
        "  sipha-ctl contacts sip:alice@example.com  where this phone is reached\n"
        "  sipha-ctl --json nodes                    the cluster as this node sees it\n"
        "Exit codes: 0 done; 1 the node refused or nothing was found; 2 wrong usage;\n"
        "3 the node cannot be reached."
    );
    std::string socket = "/run/sipha/proxy.sock";
    bool is_json = false;
    app.add_option("-s,--socket", socket, "management socket of the node")->capture_default_str();
    app.add_flag("--json", is_json, "print the node's answer as JSON");
    app.set_version_flag("--version", "sipha-ctl " SIPHA_VERSION);
    app.require_subcommand(1);
    app.add_subcommand("status", "readiness, counters and drops by reason");
    app.add_subcommand("nodes", "this node and its peers: state, readiness, round-trip time");
    auto* contacts = app.add_subcommand("contacts", "registered contacts, newest version each");
    std::string aor;
    contacts->add_option("aor", aor, "only this address of record, as sip:user@domain");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : usage;
    }

    const auto command = app.get_subcommands().front()->get_name();
    auto request = "{\"command\":" + json_string(command);
    if (!aor.empty()) {
        request += ",\"aor\":" + json_string(aor);
    }
    const auto reply = sipha::ctl::ask(socket, request + '}');
    if (!reply.error.empty()) {
        std::fprintf(stderr, "sipha-ctl: %s\n", reply.error.c_str());
        return environment;
    }
    if (const auto error = sipha::ctl::error_of(reply.line); !error.empty()) {
        std::fprintf(stderr, "sipha-ctl: %s\n", error.c_str());
        return refused;
    }
    const auto text = is_json ? reply.line + '\n' : sipha::ctl::for_people(command, reply.line);
    std::fputs(text.c_str(), stdout);
    return 0;
}
