// sip_load: SIP work at a fixed rate, or message by message, and what came of it as JSON.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>

#include "tests/load/workload.hpp"

namespace {

using namespace sipha::load;
using clock_type = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto prepare_limit = 120s;
/// A unit that is not done this long after the last one began counts as lost.
constexpr auto patience = 20s;

std::unique_ptr<workload> make_load(const load_options& options, links& over) {
    if (options.workload == "options") {
        return make_options_load(options, over);
    }
    if (options.workload == "register") {
        return make_register_load(options, over);
    }
    return make_call_load(options, over);
}

/// Begins all units and waits for them; open loop at `rate`, else one after the other.
void drive(const load_options& options, links& over, workload& load) {
    const auto start = clock_type::now();
    auto last = start;
    for (std::uint32_t begun = 0; begun < options.units || load.result.done < options.units;) {
        const auto now = clock_type::now();
        auto wait = std::chrono::nanoseconds(1s);
        if (begun < options.units) {
            const auto due = options.rate == 0
                                 ? (load.result.done == begun ? now : clock_type::time_point::max())
                                 : start + std::chrono::nanoseconds(
                                               static_cast<std::int64_t>(1e9 * begun / options.rate)
                                           );
            if (due <= now) {
                load.begin(begun++);
                last = now;
                wait = 0ns;
            } else if (options.rate != 0) {
                wait = due - now;
            }
        }
        if (now - last > patience) {
            return;
        }
        over.poll(wait, load);
    }
}

int run(const load_options& options) {
    links over;
    const auto load = make_load(options, over);
    load->prepare();
    const auto limit = clock_type::now() + prepare_limit;
    while (!load->is_prepared()) {
        if (clock_type::now() > limit) {
            std::fprintf(stderr, "sip_load: registrations were not answered\n");
            return 3;
        }
        over.poll(100ms, *load);
    }
    const auto start = clock_type::now();
    drive(options, over, *load);
    const std::chrono::duration<double> took = clock_type::now() - start;
    auto& result = load->result;
    auto& latencies = result.latencies_us;
    std::sort(latencies.begin(), latencies.end());
    const auto percentile = [&](std::size_t part) {
        return latencies.empty() ? 0 : latencies[(latencies.size() - 1) * part / 100];
    };
    std::printf(
        "{\"units\": %u, \"done\": %u, \"repeated\": %u, \"refused\": %u, \"unexpected\": %u, "
        "\"seconds\": %.3f, \"p50_us\": %u, \"p99_us\": %u}\n",
        options.units,
        result.done,
        result.repeated,
        result.refused,
        result.unexpected,
        took.count(),
        percentile(50),
        percentile(99)
    );
    const bool is_clean = result.done == options.units && result.repeated == 0 &&
                          result.refused == 0 && result.unexpected == 0;
    return is_clean ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    load_options options;
    std::string proxy = "127.0.0.1:5060";
    CLI::App program(
        "Sends SIP work to a proxy and prints what came of it as one line of JSON.\n"
        "Exit codes: 0 clean; 1 lost, repeated or refused; 2 wrong usage; 3 the environment "
        "failed.",
        "sip_load"
    );
    program.add_option("workload", options.workload, "call, options or register")
        ->check(CLI::IsMember({"call", "options", "register"}));
    program.add_flag("--tcp", options.is_tcp, "calls over connections");
    program.add_option("--proxy", proxy, "where the proxy listens (127.0.0.1:5060)");
    program.add_option("--local", options.local, "address of callers (:6060) and callees (:6070)");
    program.add_option("--domain", options.domain, "domain that the proxy serves");
    program.add_option("--units", options.units, "calls or requests")
        ->check(CLI::Range(1, 10000000));
    program.add_option("--rate", options.rate, "units a second; 0: one after the other");
    program.add_option("--users", options.users, "registered callees; 0: the proxy's upstream");
    program.add_option("--connections", options.connections, "of callers, and of callees")
        ->check(CLI::Range(1, 1000));
    program.add_flag("!--no-register", options.registers, "through a relay");
    program.add_option("--times", options.times, "REGISTERs for each user")
        ->check(CLI::Range(1, 1000));
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return program.exit(error) == 0 ? 0 : 2;
    }
    try {
        options.proxy = parse_place(proxy);
        return run(options);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "sip_load: %s\n", error.what());
        return 3;
    }
}
