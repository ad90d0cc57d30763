#include "tests/resolver/support/phone.hpp"

#include <algorithm>

namespace sipha::resolver::test {
namespace {

const time_point start{std::chrono::hours(1)};
/// How long a lookup takes.
constexpr std::chrono::milliseconds dns_delay{5};

health_options exact() {
    health_options options;
    options.jitter_percent = 0;
    return options;
}

}  // namespace

std::string noted_event::text() const {
    return std::to_string(at_ms) + ' ' + std::string(name(event.state)) + ' ' +
           std::string(name(event.reason)) +
           (event.target ? ' ' + event.target->ip.to_string() : std::string{});
}

phone::phone(const edge_world& world, const session_options& options, std::uint64_t seed)
    : known(exact(), seed), probes(world), plan(options, {known, "ex", seed, 1}), now_(start) {
    plan.start();
    settle();
}

void phone::set_dns(std::vector<candidate> list, std::chrono::seconds ttl) {
    list_ = std::move(list);
    ttl_ = ttl;
    error_ = {};
}

void phone::settle() {
    auto effects = plan.take_effects();
    for (const auto id : effects.stop) {
        probes.stop(id);
    }
    for (const auto& item : effects.start) {
        probes.start(now_, item.id, item.what);
    }
    for (auto& event : effects.events) {
        events.push_back({now_ms(), std::move(event)});
    }
    if (effects.wants_lookup) {
        ++lookups;
        answer_at_ = now_ + dns_delay;
    }
}

time_point phone::next() const {
    return std::min({answer_at_, probes.next_deadline(), plan.next_deadline(now_)});
}

void phone::run(std::chrono::milliseconds until) {
    const auto end = start + until;
    // A bound, so that a plan that spins fails the test instead of hanging it.
    for (int turn = 0; turn < 2'000'000 && next() <= end; ++turn) {
        now_ = std::max(now_, next());
        if (answer_at_ <= now_) {
            answer_at_ = never;
            if (error_) {
                plan.locate_failed(now_, error_);
            } else {
                auto list = list_;
                for (auto& place : list) {
                    place.expires = now_ + ttl_;
                }
                plan.located(now_, std::move(list), false);
            }
            settle();
        }
        probes.process(now_);
        for (const auto& event : probes.take_events()) {
            plan.probed(now_, event);
            settle();
        }
        plan.advance(now_);
        settle();
    }
    now_ = std::max(now_, end);
}

void phone::report(const candidate& place, outcome_kind what, int retry_after) {
    outcome told{what, std::nullopt};
    if (retry_after >= 0) {
        told.retry_after = std::chrono::seconds(retry_after);
    }
    plan.report(now_, place, told);
    settle();
}

void phone::set_busy(busy value) {
    plan.set_busy(value);
    settle();
}

void phone::network_changed() {
    plan.network_changed(now_);
    settle();
}

std::string phone::target() const {
    return plan.target() ? plan.target()->ip.to_string() : std::string{};
}

std::string phone::story() {
    std::string text;
    for (; told_ < events.size(); ++told_) {
        text += (text.empty() ? "" : "; ") + events[told_].text();
    }
    return text;
}

long long phone::now_ms() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(now_ - start).count();
}

}  // namespace sipha::resolver::test
