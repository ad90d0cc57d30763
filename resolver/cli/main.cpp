#include <poll.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <system_error>
#include <utility>

#include <sipha/resolver/engine.hpp>

#include "resolver/cli/arguments.hpp"
#include "resolver/cli/report.hpp"

namespace {

using namespace sipha::resolver;

/// Waits for one lookup with poll(2): all that an engine needs of a loop.
std::pair<std::error_code, lookup_result> wait_for(engine& lookups, const cli::arguments& asked) {
    std::pair<std::error_code, lookup_result> outcome;
    bool is_done = false;
    lookups.resolve(
        asked.uri,
        asked.lookup,
        [&outcome, &is_done](std::error_code error, lookup_result result) {
            outcome = {error, std::move(result)};
            is_done = true;
        }
    );
    while (!is_done) {
        const auto timeout = lookups.timeout();
        pollfd ready{lookups.fd(), POLLIN, 0};
        poll(&ready, 1, timeout ? static_cast<int>(timeout->count()) : -1);
        lookups.process();
    }
    return outcome;
}

int exit_code_of(const std::error_code& error) {
    if (!error) {
        return cli::exit_found;
    }
    if (is_dns_failure(error)) {
        return cli::exit_dns;
    }
    const bool is_usage = error == errc::bad_uri || error == errc::bad_name ||
                          error == errc::transport_conflict ||
                          error == errc::transport_unsupported || error == errc::family_unsupported;
    return is_usage ? cli::exit_usage : cli::exit_no_target;
}

int run(const cli::arguments& asked) {
    engine lookups(asked.engine);
    const auto [error, result] = wait_for(lookups, asked);
    const cli::report report{asked.uri, error, result, std::chrono::steady_clock::now()};
    const bool is_json = asked.format == cli::output_format::json;
    const auto text = is_json ? cli::json_of(report) : cli::table_of(report);
    std::fputs(text.c_str(), stdout);
    if (!is_json) {
        for (const auto& item : result.warnings) {
            const std::string kind(name(item.kind));
            std::fprintf(stderr, "warning: %s: %s\n", item.subject.c_str(), kind.c_str());
        }
    }
    if (error) {
        std::fprintf(stderr, "%s: %s\n", asked.uri.c_str(), error.message().c_str());
    }
    return exit_code_of(error);
}

}  // namespace

int main(int argc, char** argv) {
    int exit_with = 0;
    const auto asked = cli::parse_arguments(argc, argv, exit_with);
    if (!asked) {
        return exit_with;
    }
    try {
        return run(*asked);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "sipha-locate: %s\n", error.what());
        return cli::exit_dns;
    }
}
