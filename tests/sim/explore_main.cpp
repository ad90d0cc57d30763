// Searches seeds for a world in which an invariant breaks.
#include <charconv>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <optional>
#include <string_view>

#include "tests/sim/explorer.hpp"

namespace {

using namespace sipha::sim;

constexpr std::string_view usage =
    "usage: sim_explore [--first S] [--seeds N] [--minutes M] [--twice-every K]\n"
    "       sim_explore --seed S [--trace]\n"
    "Runs N random worlds (default 100) from seed S (default 1), each with M minutes (default 1)\n"
    "of faults, and asserts that every invariant holds. Every K-th seed (default 10, 0: none)\n"
    "runs twice and must give the same event hash. Exit: 0 all hold, 1 one broke, 2 usage.\n";

struct arguments {
    std::uint64_t first = 1;
    std::uint64_t seeds = 100;
    std::uint64_t minutes = 1;
    std::uint64_t twice_every = 10;
    event_log::tracing trace = event_log::tracing::off;
};

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && stop == text.data() + text.size() ? std::optional(value)
                                                                     : std::nullopt;
}

std::optional<arguments> parse(int argc, char** argv) {
    arguments out;
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        if (name == "--trace") {
            out.trace = event_log::tracing::on;
            continue;
        }
        const auto value = i + 1 < argc ? number(argv[++i]) : std::nullopt;
        if (!value) {
            return std::nullopt;
        }
        if (name == "--seed") {
            out.first = *value;
            out.seeds = 1;
        } else if (name == "--first") {
            out.first = *value;
        } else if (name == "--seeds") {
            out.seeds = *value;
        } else if (name == "--minutes") {
            out.minutes = *value;
        } else if (name == "--twice-every") {
            out.twice_every = *value;
        } else {
            return std::nullopt;
        }
    }
    return out;
}

bool run_seed(const arguments& wanted, std::uint64_t seed, exploration_result& total) {
    exploration what;
    what.seed = seed;
    what.faulty_time = std::chrono::minutes(wanted.minutes);
    what.trace = wanted.trace;
    auto result = explore(what);
    if (wanted.twice_every != 0 && seed % wanted.twice_every == 0) {
        what.trace = event_log::tracing::off;
        if (explore(what).hash != result.hash) {
            result.violations.push_back("two runs of this seed differ");
        }
    }
    total.simulated += result.simulated;
    total.events += result.events;
    total.faults += result.faults;
    total.registrations += result.registrations;
    total.calls += result.calls;
    total.calls_completed += result.calls_completed;
    for (const auto& violation : result.violations) {
        std::printf("seed %" PRIu64 ": %s\n", seed, violation.c_str());
    }
    if (!result.violations.empty()) {
        std::printf("replay: sim_explore --minutes %" PRIu64, wanted.minutes);
        std::printf(" --seed %" PRIu64 " --trace\n", seed);
        std::fflush(stdout);
    }
    return result.violations.empty();
}

}  // namespace

int main(int argc, char** argv) {
    const auto wanted = parse(argc, argv);
    if (!wanted) {
        std::fputs(usage.data(), stderr);
        return 2;
    }
    exploration_result total;
    std::uint64_t broken = 0;
    const auto started = std::chrono::steady_clock::now();
    for (std::uint64_t seed = wanted->first; seed < wanted->first + wanted->seeds; ++seed) {
        broken += run_seed(*wanted, seed, total) ? 0u : 1u;
    }
    const std::chrono::duration<double> real = std::chrono::steady_clock::now() - started;
    const std::chrono::duration<double> simulated = total.simulated;
    std::printf(
        "%" PRIu64 " seeds, %" PRIu64
        " broken; %.0f s simulated in %.1f s (%.0f times real time), "
        "%" PRIu64 " events, %" PRIu64 " faults, %" PRIu64 " registrations, %" PRIu64 " of %" PRIu64
        " calls completed\n",
        wanted->seeds,
        broken,
        simulated.count(),
        real.count(),
        simulated.count() / real.count(),
        total.events,
        total.faults,
        total.registrations,
        total.calls_completed,
        total.calls
    );
    return broken == 0 ? 0 : 1;
}
