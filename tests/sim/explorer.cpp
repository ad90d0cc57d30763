#include "tests/sim/explorer.hpp"

#include <algorithm>
#include <cstddef>

#include "tests/sim/faults.hpp"
#include "tests/sim/hostile.hpp"
#include "tests/sim/invariants.hpp"
#include "tests/sim/world.hpp"

namespace sipha::sim {

namespace {

using namespace std::chrono_literals;

/// Wall clocks kept by NTP on a LAN are far better; less than the time between two actions of one
/// phone, so that the order of its registrations is never in doubt.
constexpr std::uint64_t max_skew_ms = 400;
/// A refused or half-answered REGISTER is tried again within this time once all edges work.
constexpr auto phones_settle = 12s;

/// A phone that changes its Call-ID while a REGISTER is on its way, or within the skew of the
/// clocks after one, leaves it open which of the two comes last: nothing could be asserted.
bool has_rested(const world& in, const phone& which) {
    return which.is_settled() &&
           in.time().now() - which.acknowledged()->acknowledged_at > 2ms * max_skew_ms;
}

/// One random thing that people do.
void act(world& in) {
    auto& dice = in.dice();
    auto& phone = *in.phones()[dice.below(in.phones().size())];
    const auto edge = dice.below(in.node_count());
    if (dice.below(8) == 0) {
        attack(in);
        return;
    }
    switch (dice.below(10)) {
        case 0:
            if (has_rested(in, phone)) {
                phone.reboot();
                phone.register_at(edge);
            }
            return;
        case 1:
            if (phone.attempted()) {
                phone.unregister();
            }
            return;
        case 2:
        case 3:
        case 4:
            phone.register_at(edge);
            return;
        default:
            in.call(phone, static_cast<unsigned>(edge) + 1);
            return;
    }
}

void populate(world& in) {
    auto& dice = in.dice();
    const auto count = 6 + dice.below(12);
    for (std::uint64_t i = 0; i < count; ++i) {
        world::phone_plan plan;
        plan.where = dice.below(2) == 0 ? world::phone_plan::place::open
                                        : world::phone_plan::place::behind_nat;
        plan.expires = std::chrono::seconds(60 + dice.below(240));
        plan.edge_limit = 4s;
        auto& phone = in.add_phone(plan);
        in.time().after(std::chrono::milliseconds(dice.below(5000)), [&phone, &in] {
            phone.register_at(in.dice().below(in.node_count()));
        });
    }
}

void live_dangerously(world& in, fault_injector& faults, duration length) {
    auto& dice = in.dice();
    const auto end = in.time().now() + length;
    auto next_action = in.time().now();
    auto next_fault = in.time().now() + 5s;
    while (in.time().now() < end) {
        in.time().run_until(std::min(next_action, next_fault));
        if (in.time().now() == next_action) {
            act(in);
            next_action += std::chrono::milliseconds(100 + dice.below(1500));
        }
        if (in.time().now() == next_fault) {
            faults.inject();
            next_fault += std::chrono::milliseconds(100 + dice.below(8000));
        }
    }
}

}  // namespace

exploration_result explore(const exploration& what) {
    world_options options;
    options.seed = std::to_string(what.seed);
    options.trace = what.trace;
    crypto::random shape("shape/" + options.seed);
    options.nodes = 2 + static_cast<unsigned>(shape.below(4));
    world in(options);
    for (const auto& node : in.nodes()) {
        const auto skew = static_cast<std::int64_t>(shape.below(2 * max_skew_ms));
        node->set_wall_skew(std::chrono::milliseconds(skew - static_cast<std::int64_t>(max_skew_ms))
        );
        in.time().after(std::chrono::milliseconds(shape.below(3000)), [&node] { node->start(); });
    }
    in.run_for(6s);
    expect_convergence(in);
    populate(in);

    fault_injector faults(in);
    live_dangerously(in, faults, what.faulty_time);
    faults.repair_all();
    expect_convergence(in);
    in.run_for(phones_settle);
    expect_promises_kept(in);
    expect_callable(in);
    expect_one_pinger(in);
    expect_promises_kept(in);
    expect_empty_tables(in);
    expect_convergence(in);

    exploration_result result;
    result.hash = in.log().hash();
    result.violations = in.log().violations();
    result.simulated = in.time().elapsed();
    result.events = in.time().events_run();
    result.faults = faults.count();
    for (const auto& phone : in.phones()) {
        result.registrations += phone->counters().acknowledged;
    }
    result.calls = in.carrier().call_count();
    result.calls_completed = in.carrier().count(outcome::completed);
    return result;
}

}  // namespace sipha::sim
