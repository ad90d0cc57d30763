#pragma once

#include "tests/sim/world.hpp"

namespace sipha::sim {

/// A stranger sends one request that a careless proxy would relay to a third party: a foreign
/// Request-URI, a preloaded Route, an invented dialog, a Contact that names a victim, and the like.
/// Whatever the nodes do about it, the relay guard of the world sees it.
void attack(world& in);

/// How many kinds `attack` draws from.
inline constexpr unsigned attack_kinds = 8;
/// One of them. @param kind below attack_kinds.
void attack(world& in, unsigned kind, unsigned node_number);

}  // namespace sipha::sim
