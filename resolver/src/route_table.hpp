#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <sipha/resolver/address.hpp>
#include <sipha/resolver/explain.hpp>
#include <sipha/resolver/options.hpp>
#include <sipha/resolver/target.hpp>

namespace sipha::resolver::detail {

/// A host and its addresses, in the order of RFC 6724.
struct route_host {
    std::string name;  ///< empty for a literal
    std::uint32_t first_address = 0;
    std::uint16_t address_count = 0;
    time_point expires = never;
    bool is_stale = false;
    bool is_unproven = false;  ///< a record was not validated (DNSSEC)
};

/// One way to a host: an SRV record, or the host itself.
struct route_target {
    std::uint32_t host = 0;
    std::uint16_t port = 0;
    bool is_waiting = false;  ///< addresses may still come that stand before those known
};

/// Targets of one SRV priority.
struct route_group {
    std::uint32_t first_target = 0;
    std::uint16_t target_count = 0;
    std::uint16_t priority = 0;
    bool is_drawn = false;  ///< drawn already, because only a part of it is used
};

/// One service: a transport with its groups, in the order of the rules.
struct route_leg {
    resolver::transport transport = resolver::transport::udp;
    std::uint16_t naptr_order = 0;
    std::uint16_t naptr_preference = 0;
    std::uint32_t first_group = 0;
    std::uint32_t group_count = 0;
    std::uint64_t draw_key = 0;  ///< of the owner's name; 0 where no SRV record led
    time_point expires = never;
    unsigned depth = 0;  ///< for explanations
    bool is_stale = false;
    bool is_unproven = false;  ///< a record was not validated (DNSSEC)
    bool is_waiting = false;   ///< more groups may still come here
};

/// Everything a lookup found, before any draw: the same for all seeds, so that it can be kept and
/// drawn from again.
struct route_table {
    std::vector<route_leg> legs;
    std::vector<route_group> groups;
    std::vector<route_target> targets;
    std::vector<std::uint16_t> weights;  ///< of the targets, beside them
    std::vector<route_host> hosts;
    std::vector<address> addresses;
    std::string tls_name;
    /// Addresses of all targets together: how many candidates there are if no two are the same.
    std::size_t places = 0;
    bool has_duplicates = true;  ///< false once it is known that no two are the same
    bool is_seed_bound = false;  ///< the seed chose what is in it
};

/// Candidates drawn from a table.
struct drawn_route {
    std::vector<candidate> candidates;
    std::size_t certain = 0;      ///< of the head: nothing that is still open can stand before
    bool is_truncated = false;    ///< more than `max_candidates`
    bool has_duplicates = false;  ///< a place was left out that stood further ahead already
};

/// How to draw from a table.
struct draw_wish {
    std::uint64_t seed = 0;
    srv_draw how = srv_draw::fair;
    tls_identity name = tls_identity::uri_host;
};
/// What the options say about it. @param options without a seed give 0.
inline draw_wish wish_of(const lookup_options& options) {
    return {options.seed.value_or(0), options.srv_draw, options.tls_identity};
}

/// Draws the order in which to try the places of a table (RFC 2782).
/// @param steps null, or receives draws and candidates.
drawn_route draw_route(
    const route_table& table, const draw_wish& wish, explanation* steps = nullptr
);

}  // namespace sipha::resolver::detail
