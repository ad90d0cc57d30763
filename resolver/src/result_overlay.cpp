#include "resolver/src/result_overlay.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace sipha::resolver::detail {
namespace {

void tell_standings(time_point now, const health& places, lookup_result& result) {
    for (const auto& place : result.candidates) {
        const auto thought = places.standing_of(now, place);
        if (thought != standing::ok) {
            auto& step = result.steps.emplace_back();
            step.kind = step_kind::health;
            step.name = place.to_string();
            step.text = step.name + " is " + std::string(name(thought)) +
                        (thought == standing::backoff ? ": left out" : ": comes later");
        }
    }
}

}  // namespace

std::error_code overlay_health(
    time_point now, const health& places, explain_level level, lookup_result& result
) {
    if (places.is_clear() || result.candidates.empty()) {
        return {};
    }
    if (level == explain_level::full) {
        tell_standings(now, places, result);
    }
    const auto order = places.order(now, result.candidates);
    if (order.empty()) {
        result.retry_in = places.retry_in(now, result.candidates);
        result.candidates.clear();
        return errc::all_backoff;
    }
    std::vector<candidate> ordered;
    ordered.reserve(order.size());
    for (const auto index : order) {
        ordered.push_back(std::move(result.candidates[index]));
    }
    result.candidates = std::move(ordered);
    return {};
}

}  // namespace sipha::resolver::detail
