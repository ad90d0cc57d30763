#include "dnsgen/cli/arguments.hpp"

#include <CLI/CLI.hpp>

namespace sipha::dnsgen {

namespace {

constexpr const char* description =
    "Turns a topology of SIP edges, sites and client regions into DNS zones.\n";

constexpr const char* footer = R"(
Examples:
  sipha-dnsgen check topology.yaml
  sipha-dnsgen render topology.yaml --out /var/lib/sipha/dns
  cd /var/lib/sipha/dns && knotd -c current/knot/knot.conf

Exit codes:
  0  done
  1  the check found errors; nothing was written
  2  wrong usage, or the topology cannot be read
  3  the output could not be written
)";

}  // namespace

parsed_arguments parse_arguments(int argc, const char* const* argv) {
    arguments out;
    bool is_json = false;
    CLI::App app(description, "sipha-dnsgen");
    app.footer(footer);
    app.set_version_flag("--version", SIPHA_VERSION);
    app.require_subcommand(1);
    auto* check = app.add_subcommand("check", "Judge a topology; write nothing");
    auto* render = app.add_subcommand("render", "Check, then write all outputs as one new set");
    for (auto* each : {check, render}) {
        each->add_option("TOPOLOGY", out.topology, "The topology file")->required();
        each->add_flag("--json", is_json, "Report on standard output as JSON");
    }
    render->add_option("--out", out.out, "Directory of the published sets; made when missing")
        ->default_val("dns");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& problem) {
        const bool is_help = app.exit(problem) == 0;
        return {std::nullopt, is_help ? exit_code::ok : exit_code::usage};
    }
    out.action = render->parsed() ? command::render : command::check;
    out.format = is_json ? report_format::json : report_format::text;
    return {std::move(out), exit_code::ok};
}

}  // namespace sipha::dnsgen
