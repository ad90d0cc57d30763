#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <sipha/resolver/options.hpp>
#include <sipha/resolver/target.hpp>

#include "resolver/src/stored_route.hpp"

namespace sipha::resolver::detail {

/// Finished lookups by URI and options, so that the next equal one only draws. Pure; bounded, the
/// one stored longest ago makes room.
///
/// Users of one domain share an entry: the part of a URI before '@' locates nothing.
class table_cache {
  public:
    explicit table_cache(std::size_t max_entries) : max_entries_(max_entries) {}

    /// @returns null when nothing may be used at `now`; valid until the next `store` or `clear`.
    const stored_route_ptr* find(
        time_point now, std::string_view uri, const lookup_options& options
    ) const;
    void store(
        std::string_view uri,
        const lookup_options& options,
        stored_route_ptr route,
        time_point fresh_until
    );
    void clear();
    std::size_t size() const { return entries_.size(); }

  private:
    struct key {
        std::string_view scheme;
        std::string_view rest;
    };
    struct entry {
        std::string scheme;
        std::string rest;
        lookup_options options;
        stored_route_ptr route;
        time_point fresh_until{};
    };
    static key key_of(std::string_view uri);
    static std::uint64_t hash_of(const key& of, const lookup_options& options);
    static bool is_same(const entry& item, const key& of, const lookup_options& options);

    std::size_t max_entries_;
    std::unordered_map<std::uint64_t, entry> entries_;
    std::vector<std::uint64_t> stored_;  ///< hashes in the order of `store`, as a ring
    std::size_t next_ = 0;
};

}  // namespace sipha::resolver::detail
