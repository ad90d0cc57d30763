#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/cluster/node_id.hpp"
#include "proxy/cluster/record.hpp"
#include "proxy/timing/clock.hpp"

namespace sipha::cluster {

/// Port to the replicated state of one record kind; the state layer implements it.
///
/// The cluster keeps no state of its own about records: it carries payloads, and a store joins
/// them. Because joining is commutative, associative and idempotent, any order, any duplicate and
/// any overlap of live records with a snapshot ends in the same state.
class store {
  public:
    virtual ~store() = default;

    /// The kind of every payload given and taken here; constant.
    virtual record_kind kind() const = 0;

    /// Order-free hash over (key, version) of everything held, in O(1): it is read for every
    /// heartbeat. Equal content gives equal digests on every node.
    virtual std::uint64_t digest() const = 0;

    /// Joins one payload. A hostile or malformed payload is dropped and counted by the store.
    /// @param from the node that sent it: the origin of a live record, the donor of a snapshot.
    virtual void merge(timing::instant now, node_id from, std::string_view payload) = 0;

    struct chunk {
        std::vector<std::string> payloads;  ///< each at most max_record_size
        std::string next_cursor;            ///< empty: nothing follows
    };
    /// The next part of everything held.
    /// @param cursor empty for the start, else a `next_cursor` given by this or ANOTHER node's
    ///     store: it names a place in the key order, so that a second donor continues where the
    ///     first one died. Comes from the network: any bytes must be survived.
    /// @param max_bytes bound for the payloads together; one payload may stand alone above it.
    /// @returns payloads, and a cursor that differs from the given one unless it is empty.
    virtual chunk snapshot(timing::instant now, std::string_view cursor, std::size_t max_bytes)
        const = 0;
};

}  // namespace sipha::cluster
