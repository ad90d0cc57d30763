#pragma once

#include <string_view>

namespace sipha::cluster {

/// Tells whether a message of peer.proto holds a field that this version does not know, at any
/// depth; the generated code keeps such fields but does not tell.
/// @param message bytes that parsed as a frame. @returns false for other bytes.
bool has_unknown_fields(std::string_view message);

}  // namespace sipha::cluster
