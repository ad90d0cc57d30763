#pragma once

#include "tests/resolver/cases/case_file.hpp"
#include "tests/resolver/cases/memory.hpp"
#include "tests/resolver/cases/world.hpp"

/// Steps that send something: `request`, `ack_2xx`, `connect`, `route`.
namespace sipha::resolver::test::cases {

/// One or more equal requests at the same moment over the failover machine.
void run_request(world& here, const fields& step, memory& past, verdict& out);
/// Where the ACK of a 2xx goes (RFC 3261 13.2.2.4).
void run_ack(world& here, const fields& step, const memory& past, verdict& out);
/// A race for a connection; `with` says after how long each place takes one.
void run_connect(world& here, const fields& step, verdict& out);
/// Candidates taken one at a time while the lookup goes on.
void run_route(world& here, const fields& step, verdict& out);

}  // namespace sipha::resolver::test::cases
