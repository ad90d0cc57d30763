#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <sipha/resolver/prober.hpp>

#include "resolver/cli/report.hpp"

namespace sipha::resolver::cli {

/// Asks all candidates at the same time, once each, and waits for the last answer: OPTIONS over UDP
/// and TCP, a connection for TLS, WS and WSS.
/// @param template_of what each probe has in common; its target, kind and domain are not used.
/// @returns one result for each candidate, in their order.
std::vector<probe_result> probe_all(
    prober& through, std::span<const candidate> candidates, const probe& template_of
);

/// Adds what the probes found to the story of the lookup.
void explain_probes(
    std::span<const candidate> candidates, std::span<const probe_result> probes, explanation& steps
);

}  // namespace sipha::resolver::cli
