#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <sipha/resolver/engine.hpp>
#include <sipha/resolver/prober.hpp>

#include "resolver/cli/arguments.hpp"
#include "resolver/cli/event_loop.hpp"
#include "resolver/cli/exit_code.hpp"
#include "resolver/cli/probe_all.hpp"
#include "resolver/cli/report.hpp"
#include "resolver/cli/watch.hpp"

namespace {

using namespace sipha::resolver;

/// Waits for one lookup with poll(2): all that an engine needs of a loop.
std::pair<std::error_code, lookup_result> look_up(const cli::arguments& asked) {
    std::pair<std::error_code, lookup_result> outcome;
    bool is_done = false;
    engine lookups(asked.engine);
    lookups.resolve(
        asked.uri,
        asked.lookup,
        [&outcome, &is_done](std::error_code error, lookup_result result) {
            outcome = {error, std::move(result)};
            is_done = true;
        }
    );
    while (!is_done) {
        cli::wait_for(lookups.fd(), -1, lookups.timeout());
        lookups.process();
    }
    return outcome;
}

/// Colour is for people: not for pipes, and not where they said no (no-color.org).
cli::text_style style_of_stdout() {
    const char* terminal = std::getenv("TERM");
    const char* no_colour = std::getenv("NO_COLOR");
    const bool is_dumb = !terminal || std::string_view(terminal) == "dumb";
    const bool is_pretty = isatty(STDOUT_FILENO) == 1 && !is_dumb && (!no_colour || !*no_colour);
    return is_pretty ? cli::text_style::terminal : cli::text_style::plain;
}

bool has_living(const std::vector<cli::probe_result>& probes) {
    return std::any_of(probes.begin(), probes.end(), [](const cli::probe_result& one) {
        return one.found == cli::probe_result::verdict::alive;
    });
}

int run(const cli::arguments& asked) {
    auto [error, result] = look_up(asked);
    cli::report report{asked.uri, error, result, std::chrono::steady_clock::now(), {}};
    if (asked.probes == cli::probing::on && !result.candidates.empty()) {
        const auto through = make_net_prober();
        probe common;
        common.source = asked.engine.source;
        report.probes = cli::probe_all(*through, result.candidates, common);
        if (asked.lookup.explain == explain_level::full) {
            cli::explain_probes(result.candidates, report.probes, result.steps);
        }
    }
    const bool is_json = asked.format == cli::output_format::json;
    const auto text = is_json ? cli::json_of(report) : cli::table_of(report, style_of_stdout());
    std::fputs(text.c_str(), stdout);
    if (!is_json) {
        for (const auto& item : result.warnings) {
            const std::string kind(name(item.kind));
            std::fprintf(stderr, "warning: %s: %s\n", item.subject.c_str(), kind.c_str());
        }
    }
    if (error) {
        std::fprintf(stderr, "%s: %s\n", asked.uri.c_str(), error.message().c_str());
    } else if (!report.probes.empty() && !has_living(report.probes)) {
        std::fprintf(stderr, "%s: no server answers\n", asked.uri.c_str());
        return cli::exit_no_target;
    }
    return cli::exit_code_of(error);
}

}  // namespace

int main(int argc, char** argv) {
    int exit_with = 0;
    const auto asked = cli::parse_arguments(argc, argv, exit_with);
    if (!asked) {
        return exit_with;
    }
    try {
        return asked->watches == cli::watching::on ? cli::watch(*asked) : run(*asked);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "sipha-locate: %s\n", error.what());
        return cli::exit_dns;
    }
}
