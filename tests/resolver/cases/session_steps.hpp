#pragma once

#include "tests/resolver/cases/case_file.hpp"
#include "tests/resolver/cases/memory.hpp"
#include "tests/resolver/cases/world.hpp"

/// Steps about an account: `session`, and those that wait `by` or `for` a time.
namespace sipha::resolver::test::cases {

/// Opens the session if the step has the key, then waits. `by`: until the target is as expected,
/// at most so long since the beginning of the step. `for`: all that time it must stay so.
void run_session(world& here, const fields& step, memory& past, verdict& out);

}  // namespace sipha::resolver::test::cases
