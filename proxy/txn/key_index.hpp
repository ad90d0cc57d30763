#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "proxy/crypto/short_mac.hpp"

namespace sipha::txn {

/// Handles of records by the hash of their keys: a flat table that keeps 16 octets for each, no
/// keys, and takes memory only when it grows. The caller compares keys.
///
/// The hash is keyed, so that nobody can choose branches that all meet in one place.
class key_index {
  public:
    /// @param secret unguessable from outside.
    explicit key_index(const crypto::short_mac& secret);

    std::uint64_t hash(std::string_view key) const { return secret_.sign(key); }
    /// The first handle under `hash` for which `is_it(handle)` holds, or 0.
    template <class IsIt>
    std::uint64_t find(std::uint64_t hash, IsIt is_it) const {
        for (auto at = home(hash); slots_[at].handle != 0; at = next(at)) {
            if (slots_[at].hash == hash && is_it(slots_[at].handle)) {
                return slots_[at].handle;
            }
        }
        return 0;
    }
    /// @param handle not 0, and not in the index under this hash.
    void add(std::uint64_t hash, std::uint64_t handle);
    /// Removes a handle that was added under this hash.
    void remove(std::uint64_t hash, std::uint64_t handle);

    std::size_t size() const { return used_; }

  private:
    struct slot {
        std::uint64_t hash = 0;
        std::uint64_t handle = 0;  ///< 0: empty
    };
    std::size_t home(std::uint64_t hash) const { return hash & (slots_.size() - 1); }
    std::size_t next(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }
    void grow();

    crypto::short_mac secret_;
    std::vector<slot> slots_;  ///< a power of two, at most three quarters of them used
    std::size_t used_ = 0;
};

}  // namespace sipha::txn
