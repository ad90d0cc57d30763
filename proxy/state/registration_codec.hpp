#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proxy/state/binding.hpp"
#include "proxy/timing/clock.hpp"

namespace sipha::state {

/// A registration as decoded from a peer: values re-checked as if they came from the wire.
struct decoded_registration {
    std::string aor;
    std::string key;
    binding_entry entry;
};

struct registration_limits {
    std::size_t max_text_bytes = 1024;          ///< each text field
    std::chrono::seconds max_lifetime{86'400};  ///< longer lives and tombstones are cut to this
};

/// Encodes one entry of one binding as the record that peers merge (registration.proto).
std::string encode_registration(
    const binding& of, const binding_entry& entry, timing::time_point now
);

/// @returns nothing when the payload is not a registration or a field is missing or out of range.
std::optional<decoded_registration> decode_registration(
    std::string_view payload, const registration_limits& limits, timing::time_point now
);

}  // namespace sipha::state
