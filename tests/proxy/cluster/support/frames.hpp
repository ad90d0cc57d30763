#pragma once

#include <string>

#include "proxy/cluster/codec.hpp"

namespace sipha::cluster::test {

/// A frame as a link carries it.
inline std::string bytes_of(const frame& what) {
    std::string bytes;
    encode(what, bytes);
    return bytes;
}
/// A frame without its length.
inline std::string message_of(const frame& what) {
    return bytes_of(what).substr(frame_prefix_size);
}
/// A hello that a mesh named "test" takes, when the peer is configured there.
inline hello hello_of(std::uint16_t node, char nonce = 'n') {
    hello what;
    what.cluster_name = "test";
    what.node = {node};
    what.epoch = 1;
    what.nonce.assign(nonce_size, nonce);
    return what;
}

}  // namespace sipha::cluster::test
