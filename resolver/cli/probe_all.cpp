#include "resolver/cli/probe_all.hpp"

#include <algorithm>
#include <chrono>

#include "resolver/cli/event_loop.hpp"

namespace sipha::resolver::cli {
namespace {

probe_result result_of(const probe_event& event) {
    probe_result out;
    out.cause = event.cause;
    switch (event.kind) {
        case probe_event_kind::up:
        case probe_event_kind::alive:
            out.found = probe_result::verdict::alive;
            out.rtt = event.rtt;
            out.cause.clear();
            break;
        case probe_event_kind::down:
            out.found = probe_result::verdict::dead;
            break;
        case probe_event_kind::skipped:
            break;
    }
    return out;
}

}  // namespace

std::vector<probe_result> probe_all(
    prober& through, std::span<const candidate> candidates, const probe& template_of
) {
    std::vector<probe_result> results(candidates.size());
    auto now = std::chrono::steady_clock::now();
    std::size_t open = candidates.size();
    for (std::size_t index = 0; index < candidates.size(); ++index) {
        auto one = template_of;
        one.kind = probe_kind::options;
        one.target = candidates[index];
        one.domain = one.target.tls_name;  // the host of the URI
        if (one.source && one.source->family() != one.target.ip.family()) {
            one.source.reset();
        }
        through.start(now, index + 1, one);
    }
    while (open != 0) {
        for (const auto& event : through.take_events()) {
            auto& result = results.at(event.id - 1);
            if (result.found == probe_result::verdict::unknown && result.cause.empty()) {
                result = result_of(event);
                through.stop(event.id);
                --open;
            }
        }
        if (open == 0) {
            break;
        }
        const auto deadline = through.next_deadline();
        std::optional<std::chrono::milliseconds> limit;
        if (deadline != never) {
            const auto left = std::max(deadline - now, time_point::duration::zero());
            limit = std::chrono::ceil<std::chrono::milliseconds>(left);
        }
        wait_for(through.fd(), -1, limit);
        now = std::chrono::steady_clock::now();
        through.process(now);
    }
    return results;
}

void explain_probes(
    std::span<const candidate> candidates, std::span<const probe_result> probes, explanation& steps
) {
    for (std::size_t index = 0; index < std::min(candidates.size(), probes.size()); ++index) {
        const auto& probe = probes[index];
        explain_step step;
        step.kind = step_kind::attempt;
        step.name = candidates[index].to_string();
        step.text = step.name;
        if (probe.found == probe_result::verdict::alive) {
            step.text += " answered a probe after " + std::to_string(probe.rtt.count()) + " us";
        } else {
            step.text += " did not answer a probe: " + probe.cause;
        }
        steps.push_back(std::move(step));
    }
}

}  // namespace sipha::resolver::cli
