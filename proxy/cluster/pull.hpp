#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proxy/cluster/frame.hpp"
#include "proxy/cluster/node_id.hpp"
#include "proxy/cluster/store_set.hpp"
#include "proxy/timing/clock.hpp"

namespace sipha::cluster {

/// Chunks that one pull may take: 4 GiB of payloads.
inline constexpr std::uint64_t max_chunks_per_pull = 65536;

/// One walk through the stores of a donor: kind by kind, one chunk asked for at a time, which
/// bounds the memory of both ends to one chunk.
class pull {
  public:
    enum class outcome : std::uint8_t {
        ask_again,  ///< send `request()`
        finished,   ///< every kind was walked
        ignored,    ///< not the answer to the request that stands
        broken,     ///< the donor does not get on: its cursor stands still or never ends
    };

    /// @param kinds not empty.
    pull(std::uint64_t id, node_id donor, std::vector<record_kind> kinds);

    /// The question that stands.
    sync_request request() const;
    /// Merges an answer into its store.
    outcome take(
        timing::instant now, node_id from, const sync_chunk& what, const store_set& stores
    );
    /// Goes on with another donor from the same place. @param id not used before.
    void change_donor(std::uint64_t id, node_id donor);

    node_id donor() const { return donor_; }
    /// Payloads merged, and whether any of them changed a digest.
    std::uint64_t payloads() const { return payloads_; }
    bool has_changed_anything() const { return has_changed_; }

  private:
    std::uint64_t id_;
    node_id donor_;
    std::vector<record_kind> kinds_;
    std::size_t at_ = 0;
    std::string cursor_;
    std::uint64_t chunks_ = 0;
    std::uint64_t payloads_ = 0;
    bool has_changed_ = false;
};

}  // namespace sipha::cluster
