#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <string>

#include "tests/bench/rows.hpp"

namespace sipha::bench {
namespace {

constexpr std::uint8_t link_octet = 50;
constexpr std::size_t full_rounds = 5;
constexpr std::size_t smoke_divisor = 10;

struct theme {
    const char* name;
    std::vector<row> (*run)(const world&);
};

constexpr std::array themes{
    theme{"warm", &warm_rows},
    theme{"cold", &cold_rows},
    theme{"dead-server", &dead_server_rows},
    theme{"failover", &failover_rows},
    theme{"canary", &canary_rows},
    theme{"queries", &query_rows},
    theme{"memory", &memory_rows},
    theme{"size", &size_rows},
};

struct arguments {
    bool is_quick = false;
    bool is_json = false;
    std::vector<std::string> only;
};

bool is_wanted(const arguments& given, const std::string& name) {
    return given.only.empty() ||
           std::find(given.only.begin(), given.only.end(), name) != given.only.end();
}

int run(const arguments& given) {
    const world around(given.is_quick ? thoroughness::smoke : thoroughness::full);
    std::vector<row> rows;
    for (const auto& each : themes) {
        if (is_wanted(given, each.name)) {
            std::fprintf(stderr, "resolver_bench: %s\n", each.name);
            const auto more = each.run(around);
            rows.insert(rows.end(), more.begin(), more.end());
        }
    }
    std::fputs((given.is_json ? to_json(rows) : to_text(rows)).c_str(), stdout);
    // A smoke run on a busy machine fails only for what noise cannot explain.
    const auto worst = given.is_quick ? verdict::gross : verdict::missed;
    const auto failed = std::count_if(rows.begin(), rows.end(), [&](const row& line) {
        const auto result = judge(line);
        return result == verdict::gross || result == worst;
    });
    if (failed != 0) {
        std::fprintf(stderr, "resolver_bench: %td row(s) missed the bar\n", failed);
    }
    return failed == 0 ? 0 : 1;
}

}  // namespace

world::world(thoroughness wanted)
    : rounds(wanted == thoroughness::full ? full_rounds : 1),
      effort(wanted),
      link(server.place(), link_round_trip, link_octet) {}

std::size_t world::scaled(std::size_t operations) const {
    return effort == thoroughness::full ? operations : operations / smoke_divisor;
}

}  // namespace sipha::bench

int main(int argc, char** argv) {
    sipha::bench::arguments given;
    CLI::App program(
        "Measures the resolver beside its peers, in one run and in turns.\n"
        "Exit codes: 0 every bar reached; 1 a bar missed; 2 wrong usage; 3 the environment failed.",
        "resolver_bench"
    );
    program.add_flag("--quick", given.is_quick, "one short round; only gross misses fail");
    program.add_flag("--json", given.is_json, "machine-readable table on stdout");
    std::vector<std::string> names;
    for (const auto& each : sipha::bench::themes) {
        names.emplace_back(each.name);
    }
    program.add_option("theme", given.only, "rows to run; all when none is named")
        ->check(CLI::IsMember(names));
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return program.exit(error) == 0 ? 0 : 2;
    }
    try {
        return sipha::bench::run(given);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "resolver_bench: %s\n", error.what());
        return 3;
    }
}
