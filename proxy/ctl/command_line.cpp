#include "proxy/ctl/command_line.hpp"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include <boost/json.hpp>

namespace sipha::ctl {

namespace {

namespace json = boost::json;

constexpr int usage = 2;

/// Fills a request while the command line is parsed.
class builder {
  public:
    builder(CLI::App& app, json::object& request) : app_(app), request_(request) {}

    /// A command whose name on the wire is `wire`.
    CLI::App* command(CLI::App* parent, const char* name, const char* help, const char* wire) {
        auto* made = (parent == nullptr ? &app_ : parent)->add_subcommand(name, help);
        if (wire != nullptr) {
            made->callback([this, made, wire] {
                if (made->get_subcommands().empty()) {
                    request_["command"] = wire;
                }
            });
        } else {
            made->require_subcommand(1);
        }
        return made;
    }
    void text(CLI::App* of, const char* option, const char* key, const char* help) {
        of->add_option_function<std::string>(
            option, [this, key](const std::string& value) { request_[key] = value; }, help
        );
    }
    void number(CLI::App* of, const char* option, const char* key, const char* help) {
        of->add_option_function<std::int64_t>(
            option, [this, key](std::int64_t value) { request_[key] = value; }, help
        );
    }
    void flag(CLI::App* of, const char* option, const char* key, const char* help) {
        of->add_flag_callback(
            option, [this, key] { request_[key] = true; }, help
        );
    }

  private:
    CLI::App& app_;
    json::object& request_;
};

void add_looking(builder& make) {
    make.command(nullptr, "status", "readiness, counters and drops by reason", "status");
    make.command(
        nullptr, "nodes", "this node and its peers: state, readiness, round-trip time", "nodes"
    );
    auto* contacts =
        make.command(nullptr, "contacts", "registered contacts, newest version each", "contacts");
    make.text(contacts, "aor", "aor", "only this address of record, as sip:user@domain");
    make.number(contacts, "--limit", "limit", "show at most this many (1 to 10000)");
    make.command(nullptr, "ready", "whether this node should get new traffic", "ready");
    make.command(nullptr, "version", "version and uptime of the running node", "version");
    make.command(nullptr, "transactions", "requests under way", "transactions");
    make.command(nullptr, "limits", "limits and how much of them is used", "limits");
    make.command(nullptr, "metrics", "the numbers as Prometheus reads them", "metrics");
    make.command(nullptr, "certificates", "certificates in use and their expiry", "certificates");
}

void add_changing(builder& make) {
    auto* contact = make.command(nullptr, "contact", "change registered contacts", nullptr);
    auto* remove = make.command(contact, "remove", "end a registration", "contact_remove");
    make.text(remove, "aor", "aor", "address of record, as sip:user@domain");
    make.text(remove, "contact", "contact", "only this contact URI (default: all of them)");
    auto* ban = make.command(nullptr, "bans", "sources that are not heard for a while", "bans");
    auto* lift = make.command(ban, "lift", "hear a source again", "unban");
    make.text(lift, "source", "source", "IP address as `bans` shows it");
    make.command(nullptr, "reload", "read the configuration file again", "reload");
    auto* drain = make.command(
        nullptr, "drain", "send new calls and registrations away, let running ones end", "drain"
    );
    make.number(drain, "--spread", "spread_s", "close phones' connections over so many seconds");
    make.flag(drain, "--exit", "exit", "end the process when nothing is under way any more");
    make.command(nullptr, "undrain", "take new work again (also: drain --undo)", "undrain");
    auto* log = make.command(nullptr, "log", "change what is logged", nullptr);
    auto* level = make.command(log, "level", "least level: debug, info, warn, error", "log_level");
    make.text(level, "level", "level", "debug, info, warn or error");
    make.command(nullptr, "upgrade", "start the installed program and hand over", "upgrade");
}

void add_trace(builder& make, std::string& file) {
    auto* trace = make.command(nullptr, "trace", "follow single calls", nullptr);
    auto* start = make.command(trace, "start", "take the messages of some calls", "trace_start");
    make.text(start, "--call-id", "call_id", "exactly this Call-ID");
    make.text(start, "--user", "user", "calls from or to this user");
    make.text(start, "--source", "source", "calls of this IP address");
    make.number(start, "--seconds", "duration_s", "end by itself after so long (1 to 3600)");
    make.command(trace, "stop", "take nothing further", "trace_stop");
    auto* show = make.command(trace, "show", "who sent what to whom, as a ladder", "trace_show");
    show->add_option("--pcap", file, "write a capture file for tshark or Wireshark instead");
}

constexpr const char* examples =
    "Examples:\n"
    "  sipha-ctl status                             counters and readiness of this node\n"
    "  sipha-ctl contacts sip:alice@example.com     where this phone is reached\n"
    "  sipha-ctl --json nodes                       the cluster as this node sees it\n"
    "  sipha-ctl reload                             take a changed configuration over\n"
    "  sipha-ctl drain --spread 60 --exit           empty this node, then end it\n"
    "  sipha-ctl trace start --user alice           follow the calls of a user ...\n"
    "  sipha-ctl trace show --pcap alice.pcap       ... and look at them in Wireshark\n"
    "  sipha-ctl user-hash alice@example.com        a line for the users file\n"
    "Exit codes: 0 done; 1 the node refused or nothing was found; 2 wrong usage;\n"
    "3 the node cannot be reached.";

}  // namespace

parsed_order parse_order(int argc, char** argv) {
    CLI::App app("sipha-ctl: asks and directs a running sipha-proxy.");
    app.footer(examples);
    order out;
    json::object request;
    app.add_option("-s,--socket", out.socket, "management socket of the node")
        ->capture_default_str();
    app.add_flag("--json", out.is_json, "print the node's answer as JSON");
    app.set_version_flag("--version", "sipha-ctl " SIPHA_VERSION);
    app.require_subcommand(1);
    builder make(app, request);
    add_looking(make);
    add_changing(make);
    add_trace(make, out.file);
    auto* hash = app.add_subcommand(
        "user-hash", "a line for the users file; reads the password from standard input"
    );
    hash->add_option("user", out.user, "the user, as name@domain")->required();
    hash->add_option("--realm", out.realm, "realm of the challenge (default: the domain)");
    bool is_undo = false;
    app.get_subcommand("drain")->add_flag("--undo", is_undo, "take new work again");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return {std::nullopt, app.exit(error) == 0 ? 0 : usage};
    }
    if (!out.user.empty()) {
        return {std::move(out), 0};
    }
    if (is_undo) {
        request = {{"command", "undrain"}};
    }
    if (!out.file.empty()) {
        request["command"] = "trace_capture";
    }
    out.command = std::string(request["command"].as_string());
    out.request = json::serialize(request);
    return {std::move(out), 0};
}

}  // namespace sipha::ctl
