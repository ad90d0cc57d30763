#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <sipha/geo/ip.hpp>

namespace sipha::geo {

/// Which region each address belongs to: a total, disjoint map of the IPv4 and IPv6 space.
///
/// Prefixes may be nested; the longest one that holds an address decides. The result is written as
/// disjoint prefixes, because a DNS server that answers by the longest match tells resolvers the
/// matched length as the scope (RFC 7871 section 7.2.1): with nested prefixes the outer one's
/// answer would be cached for addresses of the inner one.
class region_map {
  public:
    using region_index = std::uint32_t;

    struct entry {
        ip_prefix prefix;
        region_index region = 0;

        friend bool operator==(const entry&, const entry&) = default;
    };

    /// @param claims in any order; when two claim the same prefix, the first one has it.
    /// @param default_region everything that no claim holds.
    region_map(std::span<const entry> claims, region_index default_region);

    /// The region of any address.
    region_index lookup(const ip_address& address) const;
    /// The fewest disjoint prefixes that say the same, covering both families, by family and
    /// network.
    const std::vector<entry>& entries() const { return entries_; }

  private:
    std::vector<entry> entries_;
};

}  // namespace sipha::geo
