#pragma once

#include "tests/resolver/cases/case_file.hpp"
#include "tests/resolver/cases/memory.hpp"
#include "tests/resolver/cases/world.hpp"

/// Steps that only ask: `lookup`, `reply`, `start` and `finish`, `draw`, `keyed`.
namespace sipha::resolver::test::cases {

/// One or more equal lookups at the same moment and everything that may be expected of them.
void run_lookup(world& here, const fields& step, verdict& out);
/// A lookup that a later step ends.
void start_lookup(world& here, const fields& step, memory& past);
void finish_lookup(world& here, const fields& step, const memory& past, verdict& out);
/// Many lookups and the shares of their first candidates, at five standard deviations.
void run_draw(world& here, const fields& step, verdict& out);
/// Orders under equal keys; the DNS gives its records in another order the second time.
void run_keyed(const fields& setup, const fields& step, verdict& out);

}  // namespace sipha::resolver::test::cases
