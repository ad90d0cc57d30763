#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace sipha::bench {

/// A zone of the benchmark's name server, as a master file (RFC 1035 5).
struct zone_text {
    std::string origin;
    std::string records;  ///< after $ORIGIN, $TTL, SOA and NS
};

/// Every zone that is served:
///
/// | zone       | what                                                                   |
/// |------------|------------------------------------------------------------------------|
/// | warm.test  | NAPTR, two SRV sets, three hosts: 7 candidates; answers carry glue     |
/// | apart.test | the same; its hosts live in warm.test, so answers carry no glue        |
/// | many.test  | SRV sets of 60 records: beyond what fits into a UDP answer               |
/// | load.test  | `*` A: any number of names that no cache knows                         |
/// | book.test  | `*` SRV with four records: any number of names for a cache to hold     |
std::vector<zone_text> zones();

/// What a full lookup of warm.test or apart.test finds.
inline constexpr std::size_t warm_candidates = 7;
/// What a full lookup of many.test finds.
inline constexpr std::size_t many_candidates = 120;

}  // namespace sipha::bench
