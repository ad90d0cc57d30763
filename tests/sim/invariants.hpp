#pragma once

#include "tests/sim/world.hpp"

/// What must hold in every world; each breach becomes a violation in the world's log.
namespace sipha::sim {

/// How soon the living nodes must agree after the last fault.
inline constexpr duration convergence_limit = std::chrono::seconds(5);

/// Runs until all living nodes are ready, see each other and hold the same, at most for
/// convergence_limit.
void expect_convergence(world& in);

/// Every promised registration is routed, and no removed one is, on every node that is ready.
/// Phones with a REGISTER still on its way prove nothing and are left out.
void expect_promises_kept(world& in);

/// Calls every registered phone through every ready node; all of them must be answered.
void expect_callable(world& in);

/// Runs for three ping intervals without faults: each registered phone behind a NAT is pinged by
/// one node, and never left alone for two intervals.
void expect_one_pinger(world& in);

/// Stops all phones and calls and runs until every transaction's timers have ended: the tables are
/// empty.
void expect_empty_tables(world& in);

}  // namespace sipha::sim
