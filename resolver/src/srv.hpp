#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <sipha/resolver/options.hpp>
#include <sipha/resolver/records.hpp>

#include "resolver/src/draw.hpp"

namespace sipha::resolver::detail {

/// SRV records of one owner that can be used, before any draw.
struct srv_set {
    /// By priority, weight, port, target; no record twice. They point into the answer.
    std::vector<const srv_record*> records;
    bool is_service_absent = false;  ///< the only target is "." (RFC 2782)
    bool has_ignored_dot = false;    ///< "." stood beside real targets
    std::uint32_t skipped_port_zero = 0;
};

/// @param records of one owner, any order; the result does not depend on it. They must outlive it.
srv_set usable_srv(std::span<const srv_record> records);

/// One pick of the weighted draw, for explanations.
struct srv_pick {
    std::uint64_t drawn = 0;
    std::uint64_t total = 0;  ///< sum of the scaled weights that took part
};

/// Orders the records of one priority by weighted draw without replacement (RFC 2782).
///
/// Deviation from the letter of RFC 2782, unless `how` is `rfc2782_literal`: the draw is exclusive,
/// with 256 times the weight, or 1 for weight 0. The letter's inclusive draw over a fixed order
/// favours the head of the list ({1,1,1} would give 50/25/25).
/// @param weights of the records. @param order receives their indexes, first to try first; as long
/// as `weights`. @param picks null, or receives one entry for each.
void draw_order(
    std::span<const std::uint16_t> weights,
    srv_draw how,
    keyed_draw random,
    std::span<std::uint16_t> order,
    std::vector<srv_pick>* picks = nullptr
);

}  // namespace sipha::resolver::detail
