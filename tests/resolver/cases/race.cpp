#include "tests/resolver/cases/race.hpp"

#include <algorithm>
#include <utility>

#include "tests/resolver/cases/notation.hpp"

namespace sipha::resolver::test::cases {

race::race(
    world& here, std::vector<candidate> candidates, std::map<std::string, world::duration> delays
)
    : here_(here),
      machine_(std::move(candidates)),
      delays_(std::move(delays)),
      began_(here.now()) {}

void race::run() {
    machine_.start(here_.now());
    for (;;) {
        for (const auto& effect : machine_.take_effects()) {
            perform(effect);
        }
        if (machine_.is_over()) {
            return;
        }
        auto next = machine_.next_deadline();
        for (const auto& [index, when] : coming_) {
            next = std::min(next, when);
        }
        here_.run_until(next);
        connect_due();
        machine_.advance(here_.now());
    }
}

void race::connect_due() {
    for (auto item = coming_.begin(); item != coming_.end();) {
        const auto index = item->first;
        const bool is_due = item->second <= here_.now();
        item = is_due ? coming_.erase(item) : std::next(item);
        if (is_due) {
            machine_.on_connected(index);
        }
    }
}

void race::note(const char* prefix, std::size_t index) {
    const auto since = std::chrono::duration_cast<world::duration>(here_.now() - began_);
    trace_ += (trace_.empty() ? "" : " ") + std::string(prefix) +
              place_text(machine_.candidates()[index]) + '@' + std::to_string(since.count());
}

void race::perform(const connect_effect& effect) {
    if (const auto* start = std::get_if<start_connect>(&effect)) {
        note("", start->index);
        const auto& host = host_text(machine_.candidates()[start->index].ip);
        if (const auto delay = delays_.find(host); delay != delays_.end()) {
            coming_[start->index] = here_.now() + delay->second;
        }
    } else if (const auto* stop = std::get_if<stop_connect>(&effect)) {
        note("cancel:", stop->index);
        coming_.erase(stop->index);
    } else if (const auto* slow = std::get_if<demerit_connect>(&effect)) {
        note("slow:", slow->index);
    } else if (const auto* won = std::get_if<connect_won>(&effect)) {
        note("won:", won->index);
    } else if (const auto* mark = std::get_if<mark_connect>(&effect)) {
        if (mark->what.kind != outcome_kind::ok) {
            note("failed:", mark->index);
        }
    } else {
        trace_ += " ! lost";
    }
}

}  // namespace sipha::resolver::test::cases
