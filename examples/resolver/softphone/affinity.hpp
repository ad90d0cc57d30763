#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include <sipha/resolver/target.hpp>

namespace softphone {

using sipha::resolver::address;
using sipha::resolver::candidate;
using sipha::resolver::time_point;

/// One account's use of its candidates: stays with the current one, leaves it when it fails, and
/// remembers which ones failed. Pure: time is an argument.
class affinity {
  public:
    /// A candidate that failed comes last for this long; each failure in a row doubles it.
    static constexpr std::chrono::seconds down_base{30};
    static constexpr std::chrono::seconds down_cap{300};
    /// Failed places remembered; the one that recovers first makes room.
    static constexpr std::size_t max_marks = 256;

    /// Replaces the list. The current candidate stays when the new list still holds it.
    void update(std::vector<candidate> candidates);
    /// The candidate to use now: the current one, else the first of the list that is not marked,
    /// else the marked one that recovers first. @returns null only while the list is empty.
    const candidate* choose(time_point now);
    /// The current candidate did not work: marks it and lets `choose` move on.
    void report_failure(time_point now);
    /// The current candidate works: its mark is forgotten.
    void report_success();
    bool is_marked(const candidate& place, time_point now) const;
    const std::vector<candidate>& candidates() const { return candidates_; }

  private:
    struct key {
        sipha::resolver::transport transport;
        address ip;
        std::uint16_t port;
        friend auto operator<=>(const key&, const key&) = default;
    };
    struct mark {
        time_point until;
        std::chrono::seconds length;
    };
    static key key_of(const candidate& place);

    std::vector<candidate> candidates_;
    std::optional<std::size_t> current_;
    std::map<key, mark> marks_;
};

}  // namespace softphone
