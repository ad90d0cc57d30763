#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "proxy/guard/source.hpp"
#include "proxy/timing/clock.hpp"

namespace sipha::guard {

enum class ban_reason : std::uint8_t {
    flood,      ///< stayed above the message rate for too long
    passwords,  ///< too many wrong passwords
};
std::string_view to_text(ban_reason why);

struct ban_options {
    std::chrono::seconds first{60};  ///< doubled with each ban of the same source
    std::chrono::seconds longest{3600};
    std::size_t max_bans = 10'000;  ///< when full, the one that ends first makes room
};

/// Sources that are not heard for a while. A source that comes back soon after a ban is banned for
/// twice as long; after `longest` without one its record is forgotten.
class ban_list {
  public:
    explicit ban_list(ban_options options) : options_(options) {}

    /// @returns how long; zero when it was banned already.
    std::chrono::seconds ban(timing::time_point now, source_key source, ban_reason why);
    bool is_banned(timing::time_point now, source_key source) const {
        return !bans_.empty() && find(now, source);
    }
    /// @returns whether it was banned. Its record is cleared.
    bool lift(timing::time_point now, source_key source);

    struct view {
        source_key source = 0;
        ban_reason why = ban_reason::flood;
        std::chrono::seconds left{};
        unsigned times = 0;  ///< bans in a row
    };
    /// Those in force, by source.
    std::vector<view> list(timing::time_point now) const;
    /// In force or remembered.
    std::size_t size() const { return bans_.size(); }

  private:
    struct entry {
        timing::time_point until;
        ban_reason why = ban_reason::flood;
        unsigned times = 0;
    };
    bool find(timing::time_point now, source_key source) const;
    void make_room(timing::time_point now);

    ban_options options_;
    std::unordered_map<source_key, entry> bans_;
};

}  // namespace sipha::guard
