#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace sipha::cluster {

/// What a replicated record is about. A number on the wire: a kind that this version does not know
/// keeps its value, is counted and skipped.
enum class record_kind : std::uint32_t {
    none = 0,  ///< never on the wire
    registration = 1,
    dialog = 2,
    rate_limit = 3,
    transaction = 4,
    tag = 5,
    key_value = 6,
    nonce_use = 7,
};

/// One change of a store as it travels between nodes; the payload is opaque to this layer.
struct record {
    record_kind kind = record_kind::none;
    std::string payload;
    friend bool operator==(const record&, const record&) = default;
};

/// Largest payload of one record. A larger one is refused by `engine::publish` and by the decoder.
inline constexpr std::size_t max_record_size = 60 * 1024;

}  // namespace sipha::cluster
