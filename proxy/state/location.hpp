#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "proxy/cluster/store.hpp"
#include "proxy/memory/slab.hpp"
#include "proxy/state/binding.hpp"
#include "proxy/state/registration_codec.hpp"
#include "proxy/timing/clock.hpp"
#include "proxy/timing/deadline_queue.hpp"

namespace sipha::state {

using binding_handle = memory::slab<binding>::handle;

/// Limits of the location service; a record beyond one is dropped and counted.
struct location_limits {
    std::size_t max_bindings = 1'000'000;
    std::size_t max_bindings_per_aor = 32;  ///< above any registrar limit; guards against peers
    registration_limits record;             ///< of each record from a peer
};

struct location_counters {
    std::uint64_t merged = 0;        ///< records from peers that changed something
    std::uint64_t merged_stale = 0;  ///< records from peers that were known or older
    std::uint64_t dropped_malformed = 0;
    std::uint64_t dropped_limit = 0;
    std::uint64_t expired = 0;
};

/// The location service (RFC 3261 10.3): which contacts an address of record has, on every node
/// alike. Pure; one worker owns it.
class location final : public cluster::store {
  public:
    explicit location(location_limits limits = {});

    /// A smaller limit removes nothing: it refuses new ones until there are fewer.
    void set_limit(std::size_t max_bindings) { limits_.max_bindings = max_bindings; }

    /// True when a text may go into a record: not empty, and peers take its length.
    bool is_storable(std::string_view text) const {
        return !text.empty() && text.size() <= limits_.record.max_text_bytes;
    }
    /// True when `count` more bindings of this address of record fit.
    bool has_room_for(std::string_view aor, std::size_t count) const;
    /// Applies one accepted change made on this node and returns the record to publish. The caller
    /// has checked `has_room_for` and, with `last_version`, RFC 3261 10.3 step 7.
    /// @param entry for a removal, forget_at is set here from the life of what it removes.
    std::string apply(
        timing::time_point now, std::string_view aor, std::string_view key, binding_entry entry
    );

    /// The binding under a key, live or not; 0 when there is none.
    binding_handle find(std::string_view aor, std::string_view key) const;
    /// The entry that a REGISTER with `call_id` must beat, if there is one.
    const binding_entry* last_version(
        std::string_view aor, std::string_view key, std::string_view call_id
    ) const;

    /// Handles of all bindings of an address of record, live or removed, in order of arrival.
    std::span<const binding_handle> bindings_of(std::string_view aor) const;
    const binding* find(binding_handle which) const { return bindings_.find(which); }
    std::size_t live_count(std::string_view aor, timing::time_point now) const;
    bool has_live(std::string_view aor, timing::time_point now) const {
        return live_count(aor, now) != 0;
    }

    /// True when a live binding was registered from exactly this remote address.
    bool is_registered_source(const sip::endpoint& source) const;

    /// Calls visit(handle, binding) for every binding, ordered by bucket, then address of record.
    template <class Visitor>
    void visit_all(Visitor&& visit) const {
        for (const auto& bucket : buckets_) {
            for (const auto& [aor, handles] : bucket) {
                for (const auto which : handles) {
                    visit(which, *bindings_.find(which));
                }
            }
        }
    }
    /// All bindings, live and removed.
    std::size_t size() const { return bindings_.size(); }
    const location_counters& counters() const { return counters_; }
    /// The latest hybrid clock value merged so far: the node's own clock must not fall behind it.
    std::uint64_t newest_hlc() const { return newest_hlc_; }

    /// Bindings that appeared, changed or went since the last call, for whoever schedules by them.
    std::vector<binding_handle> take_changes() { return std::exchange(changes_, {}); }

    /// Ends what has expired and, a while later, forgets it; due at `next_deadline`.
    void advance(timing::time_point now);
    timing::time_point next_deadline() const { return deadlines_.next_deadline(); }

    // cluster::store
    cluster::record_kind kind() const override { return cluster::record_kind::registration; }
    std::uint64_t digest() const override { return digest_; }
    void merge(timing::instant now, cluster::node_id from, std::string_view payload) override;
    /// One address of record is never cut, so a large one may stand alone above max_bytes.
    chunk snapshot(timing::instant now, std::string_view cursor, std::size_t max_bytes)
        const override;

  private:
    static constexpr std::size_t bucket_count = 1024;
    using aor_map = std::map<std::string, std::vector<binding_handle>, std::less<>>;

    enum class join_result : std::uint8_t { changed, stale, full };

    aor_map& bucket_of(std::string_view aor);
    binding_handle find_or_add(std::string_view aor, std::string_view key);
    join_result join(std::string_view aor, std::string_view key, binding_entry entry);
    void expire(binding_handle which);
    void remove(binding_handle which);
    void count_source(const binding& of, int change);

    location_limits limits_;
    memory::slab<binding> bindings_;
    std::array<aor_map, bucket_count> buckets_;
    std::unordered_map<sip::endpoint, std::uint32_t> sources_;
    timing::deadline_queue deadlines_;
    std::vector<binding_handle> changes_;
    std::uint64_t digest_ = 0;
    std::uint64_t newest_hlc_ = 0;
    location_counters counters_;
};

}  // namespace sipha::state
