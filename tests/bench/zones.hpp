#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace sipha::bench {

/// A zone of the benchmark's name server, as a master file (RFC 1035 5).
struct zone_text {
    std::string_view origin;
    std::string_view records;  ///< after $ORIGIN, $TTL, SOA and NS
};

/// Every zone that is served:
///
/// | zone       | what                                                                   |
/// |------------|------------------------------------------------------------------------|
/// | warm.test  | NAPTR, two SRV sets, three hosts: 7 candidates; answers carry glue     |
/// | apart.test | the same; its hosts live in warm.test, so answers carry no glue        |
/// | load.test  | `*` A: any number of names that no cache knows                         |
/// | book.test  | `*` SRV with four records: any number of names for a cache to hold     |
std::span<const zone_text> zones();

/// What a full lookup of warm.test or apart.test finds.
inline constexpr std::size_t warm_candidates = 7;

}  // namespace sipha::bench
