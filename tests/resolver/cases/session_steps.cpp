#include "tests/resolver/cases/session_steps.hpp"

#include <memory>
#include <string>

#include "tests/resolver/cases/notation.hpp"

namespace sipha::resolver::test::cases {
namespace {

std::string target_text(const memory& past) {
    const auto target = past.account->target();
    return target ? place_text(*target) : "none";
}

bool is_as_wanted(const std::string& wanted, const memory& past) {
    const auto got = target_text(past);
    if (wanted == "any") {
        return got != "none";
    }
    return got == (wanted == "same" ? place_text(past.place.value()) : wanted);
}

/// A step without a wish about the target only lets time pass.
void wait(world& here, const fields& step, const memory& past, verdict& out) {
    const auto wanted = step.text_or("target", "any");
    const auto began = here.now();
    if (const auto limit = step.duration("by")) {
        const bool is_so =
            here.run_until(began + *limit, [&] { return is_as_wanted(wanted, past); });
        out.expect(is_so, step.where(), "the target is " + target_text(past));
    }
    if (const auto time = step.duration("for")) {
        const bool has_left =
            here.run_until(began + *time, [&] { return !is_as_wanted(wanted, past); });
        const auto since = std::chrono::duration_cast<std::chrono::seconds>(here.now() - began);
        out.expect(
            !has_left,
            step.where(),
            "after " + std::to_string(since.count()) + " s the target is " + target_text(past)
        );
    }
}

}  // namespace

void run_session(world& here, const fields& step, memory& past, verdict& out) {
    if (step.has("session")) {
        session_options options;
        options.lookup = here.options();
        options.account = "sip:alice@ex";
        past.account = std::make_unique<session>(
            here.engine(),
            step.text("session"),
            options,
            [&past](const session_event& event) { past.event = event; }
        );
    }
    if (const auto is_busy = step.flag("busy")) {
        past.account->set_busy(*is_busy ? busy::yes : busy::no);
    }
    wait(here, step, past, out);
    if (step.has("reason")) {
        const auto reason = std::string(name(past.event.reason));
        const auto told = "the reason is " + reason;
        out.expect(reason == step.text("reason"), step.where(), told);
    }
    if (const auto is_stale = step.flag("session_stale")) {
        out.expect(past.event.is_stale == *is_stale, step.where(), "the flag stale is otherwise");
    }
    if (step.flag("remember").value_or(false)) {
        past.place = past.account->target();
    }
}

}  // namespace sipha::resolver::test::cases
