#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sipha/resolver/records.hpp>

namespace sipha::resolver::detail {

/// One pick of the weighted draw, for explanations.
struct srv_pick {
    std::uint64_t drawn = 0;  ///< number drawn in [0, total)
    std::uint64_t total = 0;  ///< sum of the scaled weights that took part
};

/// SRV records of one owner in the order in which to try them.
struct srv_order {
    std::vector<srv_record> records;
    std::vector<srv_pick> picks;     ///< one for each entry of `records`
    bool is_service_absent = false;  ///< the only target is "." (RFC 2782)
    bool has_ignored_dot = false;    ///< "." stood beside real targets
    std::uint32_t skipped_port_zero = 0;
    bool is_truncated = false;  ///< more than `max_srv_records`
};

/// Orders by priority, within one priority by weighted draw without replacement (RFC 2782).
///
/// Deviation from the letter of RFC 2782: records are shuffled first and the draw is exclusive,
/// with 256 times the weight, or 1 for weight 0. The letter's inclusive draw over a fixed order
/// favours the head of the list ({1,1,1} would give 50/25/25).
/// @param records of one owner, any order; the result does not depend on it.
/// @param owner name the records belong to: part of the key of the draw.
srv_order order_srv(
    std::span<const srv_record> records, std::uint64_t seed, std::string_view owner
);

}  // namespace sipha::resolver::detail
