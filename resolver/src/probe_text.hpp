#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sipha/resolver/prober.hpp>

/// The SIP text of OPTIONS probes. Pure.
namespace sipha::resolver::detail {

/// Names of one probe on the wire; unique per probe.
struct probe_names {
    std::string branch;  ///< begins with the magic cookie (RFC 3261 8.1.1.7)
    std::string call_id;
    std::string tag;
};
probe_names make_probe_names(std::uint64_t seed, probe_id id);

/// An OPTIONS request (RFC 3261 11.1). @param local hostport it leaves from, for Via and Contact.
/// Max-Forwards is 0: the place itself answers, nothing behind it is bothered.
std::string make_options(const probe& what, const probe_names& names, std::string_view local);

/// What a response to a probe says.
struct probe_answer {
    std::uint16_t status = 0;  ///< 100 to 699
    std::optional<std::chrono::seconds> retry_after;
};
/// Reads a response as far as a probe needs it. @returns nothing when the text is no response or
/// does not carry the branch.
std::optional<probe_answer> read_probe_answer(std::string_view text, std::string_view branch);

}  // namespace sipha::resolver::detail
