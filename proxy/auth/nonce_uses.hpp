#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sipha::auth {

/// Which counts of which nonces were used: each (nonce, nc) authenticates once (RFC 7616 3.4, 5.5).
///
/// Only nonces that authenticated somebody take room, so handing out nonces costs nothing. The
/// table is bounded: when a nonce has to give way, all nonces of its set that were issued no later
/// count as used up from then on. Forgetting thus costs a client one more round trip and never
/// admits a replay.
class nonce_uses {
  public:
    /// @param max_nonces 0 < max_nonces; rounded up to a power of two, 32 octets each, taken as the
    /// table fills. @param lifetime_s of a nonce; older ones make room first.
    nonce_uses(std::size_t max_nonces, std::uint32_t lifetime_s);

    /// Marks the count as used. @param issued_s, number of the nonce. @param now_s the wall clock.
    /// @returns whether it was unused. Counts may arrive out of order, at most `window` behind the
    /// highest one.
    bool use(
        std::uint64_t number, std::uint32_t issued_s, std::uint32_t count, std::uint32_t now_s
    );

    static constexpr std::uint32_t window = 64;
    std::size_t size() const { return size_; }

  private:
    static constexpr std::size_t ways = 8;
    struct entry {
        std::uint64_t number = 0;
        std::uint64_t seen = 0;      ///< bit i: count highest - i was used
        std::uint32_t issued_s = 0;  ///< 0: free
        std::uint32_t highest = 0;
    };
    struct entry_set {
        std::array<entry, ways> entries;
        std::uint32_t used_up_to_s = 0;  ///< unknown nonces issued then or earlier are refused
    };

    entry_set& set_of(std::uint64_t number);
    void grow();
    bool place(const entry& what, std::uint32_t now_s);
    static bool mark(entry& in, std::uint32_t count);

    std::size_t max_sets_;
    std::uint32_t lifetime_s_;
    std::vector<entry_set> sets_;
    std::size_t size_ = 0;
};

}  // namespace sipha::auth
