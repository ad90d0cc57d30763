#include "proxy/state/location.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <iterator>
#include <tuple>

namespace sipha::state {

namespace {

using namespace std::chrono_literals;

/// Call-IDs remembered per binding; a phone uses one, two after a reboot.
constexpr std::size_t max_entries = 4;
/// A removal is remembered at least this long (64*T1, the life of any retransmission) plus the
/// clock tolerance between nodes.
constexpr auto min_tombstone_life = 32s;
constexpr auto clock_tolerance = 4s;

/// FNV-1a: the same on every node and build, which std::hash is not.
std::uint64_t fnv1a(std::uint64_t hash, std::string_view text) {
    for (const char c : text) {
        hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
    }
    return (hash ^ 0xff) *
           0x100000001b3;  // marks the end, so that ("ab","c") and ("a","bc") differ
}
constexpr std::uint64_t fnv_start = 0xcbf29ce484222325;

/// Spreads every input bit over the word, because digests are added up (MurmurHash3 finalizer).
std::uint64_t mix(std::uint64_t x) {
    x = (x ^ x >> 33) * 0xff51afd7ed558ccd;
    x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53;
    return x ^ x >> 33;
}

std::uint64_t digest_of(const binding& of) {
    std::uint64_t sum = 0;
    for (const auto& entry : of.entries) {
        const auto& version = entry.version;
        auto hash = fnv1a(fnv1a(fnv1a(fnv_start, of.aor), of.key), version.call_id);
        hash =
            mix(hash ^ mix(version.hlc) ^
                mix(std::uint64_t{version.cseq} << 16 | version.origin.value));
        sum += hash;
    }
    return sum;
}

auto recency(const binding_version& version) {
    return std::tuple(version.hlc, version.origin);
}

/// RFC 3261 10.3 step 7 within one Call-ID; the clock decides when a node lost its memory and
/// accepted the same CSeq again.
bool supersedes(const binding_version& left, const binding_version& right) {
    return left.cseq != right.cseq ? left.cseq > right.cseq : recency(left) > recency(right);
}

timing::time_point due_at(const binding& of) {
    const auto& winner = of.winner();
    return winner.is_removed ? winner.forget_at : winner.value.expires_at;
}

}  // namespace

location::location(location_limits limits) : limits_(limits) {}

location::aor_map& location::bucket_of(std::string_view aor) {
    return buckets_[fnv1a(fnv_start, aor) % bucket_count];
}

std::span<const binding_handle> location::bindings_of(std::string_view aor) const {
    const auto& bucket = const_cast<location*>(this)->bucket_of(aor);
    const auto found = bucket.find(aor);
    return found == bucket.end() ? std::span<const binding_handle>{} : std::span(found->second);
}

binding_handle location::find(std::string_view aor, std::string_view key) const {
    for (const auto which : bindings_of(aor)) {
        if (bindings_.find(which)->key == key) {
            return which;
        }
    }
    return 0;
}

const binding_entry* location::last_version(
    std::string_view aor, std::string_view key, std::string_view call_id
) const {
    const auto* found = bindings_.find(find(aor, key));
    if (found == nullptr) {
        return nullptr;
    }
    for (const auto& entry : found->entries) {
        if (entry.version.call_id == call_id) {
            return &entry;
        }
    }
    return nullptr;
}

std::size_t location::live_count(std::string_view aor, timing::time_point now) const {
    const auto handles = bindings_of(aor);
    return static_cast<std::size_t>(std::count_if(handles.begin(), handles.end(), [&](auto which) {
        return bindings_.find(which)->is_live(now);
    }));
}

bool location::is_registered_source(const sip::endpoint& source) const {
    return sources_.contains(source);
}

void location::count_source(const binding& of, int change) {
    if (of.entries.empty() || of.winner().is_removed) {
        return;
    }
    const auto& source = of.winner().value.source;
    if (change > 0) {
        ++sources_[source];
    } else if (const auto found = sources_.find(source); --found->second == 0) {
        sources_.erase(found);
    }
}

bool location::has_room_for(std::string_view aor, std::size_t count) const {
    return bindings_.size() + count <= limits_.max_bindings &&
           bindings_of(aor).size() + count <= limits_.max_bindings_per_aor;
}

binding_handle location::find_or_add(std::string_view aor, std::string_view key) {
    if (const auto known = find(aor, key); known != 0) {
        return known;
    }
    if (!has_room_for(aor, 1)) {
        return 0;
    }
    binding fresh;
    fresh.aor = aor;
    fresh.key = key;
    const auto which = bindings_.add(std::move(fresh));
    if (which != 0) {
        bucket_of(aor)[std::string(aor)].push_back(which);
    }
    return which;
}

location::join_result location::join(
    std::string_view aor, std::string_view key, binding_entry entry
) {
    const auto which = find_or_add(aor, key);
    if (which == 0) {
        return join_result::full;
    }
    auto& target = *bindings_.find(which);
    auto& entries = target.entries;
    const auto same_call = std::find_if(entries.begin(), entries.end(), [&](const auto& known) {
        return known.version.call_id == entry.version.call_id;
    });
    if (same_call != entries.end() && !supersedes(entry.version, same_call->version)) {
        return join_result::stale;
    }
    newest_hlc_ = std::max(newest_hlc_, entry.version.hlc);
    digest_ -= target.digest;
    count_source(target, -1);
    if (same_call != entries.end()) {
        *same_call = std::move(entry);
    } else {
        entries.push_back(std::move(entry));
    }
    std::sort(entries.begin(), entries.end(), [](const auto& left, const auto& right) {
        return recency(left.version) > recency(right.version);
    });
    if (entries.size() > max_entries) {
        entries.pop_back();
    }
    count_source(target, +1);
    target.digest = digest_of(target);
    digest_ += target.digest;
    deadlines_.arm(due_at(target), which);
    changes_.push_back(which);
    return join_result::changed;
}

std::string location::apply(
    timing::time_point now, std::string_view aor, std::string_view key, binding_entry entry
) {
    if (entry.is_removed) {
        timing::duration life = min_tombstone_life;
        if (const auto* known = bindings_.find(find(aor, key)); known != nullptr) {
            // A node that was cut off may still hold any of the entries and bring it back.
            for (const auto& old : known->entries) {
                life = std::max(life, old.value.expires_at - now);
            }
        }
        entry.forget_at = now + life + clock_tolerance;
    }
    const auto call_id = entry.version.call_id;
    [[maybe_unused]] const auto joined = join(aor, key, std::move(entry));
    assert(joined == join_result::changed);
    const auto& target = *bindings_.find(find(aor, key));
    return encode_registration(target, *last_version(aor, key, call_id), now);
}

void location::merge(timing::instant now, cluster::node_id, std::string_view payload) {
    auto decoded = decode_registration(payload, limits_.record, now.mono);
    if (!decoded) {
        ++counters_.dropped_malformed;
        return;
    }
    switch (join(decoded->aor, decoded->key, std::move(decoded->entry))) {
        case join_result::changed:
            ++counters_.merged;
            break;
        case join_result::stale:
            ++counters_.merged_stale;
            break;
        case join_result::full:
            ++counters_.dropped_limit;
            break;
    }
}

void location::expire(binding_handle which) {
    // Like a removal: it keeps late copies out, and the address of record stays known for a while
    // (RFC 3261 21.4.18). The version stays, so nodes that are a moment apart still agree.
    auto& ended = *bindings_.find(which);
    count_source(ended, -1);
    auto& winner = ended.entries.front();
    winner.is_removed = true;
    winner.forget_at = winner.value.expires_at + min_tombstone_life + clock_tolerance;
    deadlines_.arm(winner.forget_at, which);
    changes_.push_back(which);
    ++counters_.expired;
}

void location::remove(binding_handle which) {
    const auto& gone = *bindings_.find(which);
    digest_ -= gone.digest;
    count_source(gone, -1);
    auto& bucket = bucket_of(gone.aor);
    const auto found = bucket.find(gone.aor);
    std::erase(found->second, which);
    if (found->second.empty()) {
        bucket.erase(found);
    }
    bindings_.remove(which);
    changes_.push_back(which);
}

void location::advance(timing::time_point now) {
    while (const auto which = deadlines_.pop_due(now)) {
        const auto* due = bindings_.find(*which);
        // A refresh moved the deadline; its own entry follows later in the queue.
        if (due == nullptr || due_at(*due) > now) {
            continue;
        }
        // Entries under the winner are older than what just ended and must not come back.
        if (due->winner().is_removed) {
            remove(*which);
        } else {
            expire(*which);
        }
    }
}

cluster::store::chunk location::snapshot(
    timing::instant now, std::string_view cursor, std::size_t max_bytes
) const {
    // Cursor: "<bucket>/<last address of record sent>"; it stays valid while the store changes.
    std::size_t first = 0;
    std::string after;
    if (!cursor.empty()) {
        const auto [stop, error] =
            std::from_chars(cursor.data(), cursor.data() + cursor.size(), first);
        if (error != std::errc{} || first >= bucket_count) {
            return {};
        }
        after = cursor.substr(
            std::min(cursor.size(), static_cast<std::size_t>(stop - cursor.data()) + 1)
        );
    }
    chunk out;
    std::size_t bytes = 0;
    std::string last = std::string(cursor);
    std::vector<std::string> of_aor;
    for (std::size_t index = first; index < bucket_count; ++index) {
        const auto& bucket = buckets_[index];
        for (auto it = index == first ? bucket.upper_bound(after) : bucket.begin();
             it != bucket.end();
             ++it) {
            of_aor.clear();
            std::size_t added = 0;
            for (const auto which : it->second) {
                const auto& binding = *bindings_.find(which);
                for (const auto& entry : binding.entries) {
                    of_aor.push_back(encode_registration(binding, entry, now.mono));
                    added += of_aor.back().size();
                }
            }
            // Cut between addresses of record, because the order of one's bindings is this node's.
            if (!out.payloads.empty() && bytes + added > max_bytes) {
                out.next_cursor = std::move(last);
                return out;
            }
            bytes += added;
            std::move(of_aor.begin(), of_aor.end(), std::back_inserter(out.payloads));
            last = std::to_string(index) + '/' + it->first;
        }
    }
    return out;
}

}  // namespace sipha::state
