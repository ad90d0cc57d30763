#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/cluster/frame.hpp"

/// Frames as bytes: a length of 32 bits in network order, then one protobuf message (peer.proto).
namespace sipha::cluster {

/// Largest message; and the largest before the peer is authenticated.
inline constexpr std::size_t max_frame_size = 1024 * 1024;
inline constexpr std::size_t max_unauthenticated_frame_size = 64 * 1024;
inline constexpr std::size_t frame_prefix_size = 4;

/// Appends one frame with its length.
/// @returns false, and appends nothing, when the message would exceed max_frame_size.
bool encode(const frame& what, std::string& out);

struct decoded_frame {
    frame what;
    bool has_unknown_fields = false;  ///< a newer version said more than we understand
};
/// Decodes one message without its length.
/// @returns nothing when the bytes are no message or break a limit of frame.hpp or
///     max_record_size; unknown_frame when they are a message of a type we do not know.
std::optional<decoded_frame> decode(std::string_view message);

}  // namespace sipha::cluster
