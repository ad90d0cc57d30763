#include "tests/resolver/cases/runner.hpp"

#include <cstdint>
#include <exception>

#include "tests/resolver/cases/lookup_steps.hpp"
#include "tests/resolver/cases/request_steps.hpp"
#include "tests/resolver/cases/session_steps.hpp"
#include "tests/resolver/cases/world.hpp"

namespace sipha::resolver::test::cases {
namespace {

/// A case must not hold by the luck of one draw. Statistics are taken once: they are long.
constexpr std::uint64_t seeds[] = {1, 2, 3};

bool is_statistical(const fields& step) {
    return step.has("draw") || step.has("keyed");
}

void play(world& here, const case_run& run, const fields& step, memory& past, verdict& out) {
    here.prepare(step);
    if (step.has("lookup") || step.has("reply")) {
        run_lookup(here, step, out);
    } else if (step.has("start")) {
        start_lookup(here, step, past);
    } else if (step.has("finish")) {
        finish_lookup(here, step, past, out);
    } else if (step.has("draw")) {
        run_draw(here, step, out);
    } else if (step.has("keyed")) {
        run_keyed(run.setup, step, out);
    } else if (step.has("request")) {
        run_request(here, step, past, out);
    } else if (step.has("ack_2xx")) {
        run_ack(here, step, past, out);
    } else if (step.has("connect")) {
        run_connect(here, step, out);
    } else if (step.has("route")) {
        run_route(here, step, out);
    } else if (past.account || step.has("session")) {
        run_session(here, step, past, out);
    }
    for (const auto& key : step.unread()) {
        out.fail(step.where(), "nothing reads the key '" + key + "'");
    }
}

void play(const case_run& run, std::uint64_t seed, verdict& out) {
    world here(run.setup, seed);
    memory past;  // after the world: the session in it ends first
    for (const auto& step : run.steps) {
        if (seed == seeds[0] || !is_statistical(step)) {
            play(here, run, step, past, out);
        }
    }
    for (const auto& key : run.setup.unread()) {
        out.fail(run.setup.where(), "nothing reads the key '" + key + "'");
    }
}

}  // namespace

std::vector<std::string> problems_of(const case_text& item) {
    verdict out;
    for (const auto& run : item.runs) {
        for (const auto seed : seeds) {
            try {
                play(run, seed, out);
            } catch (const std::exception& error) {
                out.fail(run.setup.where(), error.what());
            }
            if (!out.problems().empty()) {
                break;  // the other seeds would say the same again
            }
        }
    }
    return out.problems();
}

}  // namespace sipha::resolver::test::cases
