#include "sipha/geo/region_map.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace sipha::geo {

namespace {

using entry = region_map::entry;
using region_index = region_map::region_index;

/// The half of `prefix` whose next bit is `bit`. @param prefix shorter than its family's length.
ip_prefix half(const ip_prefix& prefix, unsigned bit) {
    const auto length = prefix.length_bits();
    const auto bytes = prefix.network().bytes();
    std::array<std::uint8_t, 16> copy{};
    std::copy(bytes.begin(), bytes.end(), copy.begin());
    if (bit != 0) {
        copy[length / 8] = static_cast<std::uint8_t>(copy[length / 8] | (0x80U >> (length % 8)));
    }
    const auto network = prefix.network().is_v4() ? ip_address::v4(std::span(copy).first<4>())
                                                  : ip_address::v6(std::span(copy).first<16>());
    return *ip_prefix::make(network, length + 1);
}

/// Splits the space along the claims and joins halves with one answer again.
class splitter {
  public:
    explicit splitter(std::vector<entry>& out) : out_(out) {}

    /// @param claims inside `here`, by network, then length. @param region of `here` without them.
    /// @returns the region when all of `here` has one. The depth is at most the address length.
    std::optional<region_index> split(
        const ip_prefix& here, std::span<const entry> claims, region_index region
    ) {
        if (!claims.empty() && claims.front().prefix == here) {
            region = claims.front().region;
            while (!claims.empty() && claims.front().prefix == here) {
                claims = claims.subspan(1);
            }
        }
        if (claims.empty()) {
            out_.push_back({here, region});
            return region;
        }
        const auto begin = out_.size();
        const auto upper = half(here, 1);
        const auto middle = std::find_if(claims.begin(), claims.end(), [&](const entry& claim) {
            return upper.contains(claim.prefix.network());
        });
        const auto lower_count = static_cast<std::size_t>(middle - claims.begin());
        const auto low = split(half(here, 0), claims.first(lower_count), region);
        const auto high = split(upper, claims.subspan(lower_count), region);
        if (!low || low != high) {
            return std::nullopt;
        }
        out_.resize(begin);
        out_.push_back({here, *low});
        return low;
    }

  private:
    std::vector<entry>& out_;
};

}  // namespace

region_map::region_map(std::span<const entry> claims, region_index default_region) {
    std::vector<entry> sorted(claims.begin(), claims.end());
    // Stable, so that of two equal claims the first one given stays first.
    std::stable_sort(sorted.begin(), sorted.end(), [](const entry& left, const entry& right) {
        return left.prefix < right.prefix;
    });
    const auto first_v6 = std::find_if(sorted.begin(), sorted.end(), [](const entry& claim) {
        return !claim.prefix.network().is_v4();
    });
    const auto v4_count = static_cast<std::size_t>(first_v6 - sorted.begin());
    const std::span<const entry> all(sorted);
    splitter split(entries_);
    split.split(*ip_prefix::parse("0.0.0.0/0"), all.first(v4_count), default_region);
    split.split(*ip_prefix::parse("::/0"), all.subspan(v4_count), default_region);
}

region_map::region_index region_map::lookup(const ip_address& address) const {
    const auto after = std::upper_bound(
        entries_.begin(),
        entries_.end(),
        address,
        [](const ip_address& left, const entry& right) { return left < right.prefix.network(); }
    );
    // The map is total: the first entry of each family begins at its lowest address.
    return std::prev(after)->region;
}

}  // namespace sipha::geo
