#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "proxy/cluster/frame.hpp"
#include "proxy/cluster/node_id.hpp"

/// The border between moving frames (the embedded mesh, or a message broker) and the layers that
/// give them meaning. Whatever moves them promises: only authenticated peers of this cluster come
/// up, and frames of one peer keep their order while it is connected.
namespace sipha::cluster {

/// A peer can be sent to. For a peer that is connected already it means that the connection was
/// replaced and frames in flight may be lost.
struct peer_connected {
    node_id node;
    std::uint32_t epoch = 0;
};
/// A frame of a connected peer.
struct peer_frame {
    node_id node;
    frame what;
    bool has_unknown_fields = false;
};
/// A connected peer cannot be sent to any more.
struct peer_disconnected {
    node_id node;
};
using bus_event = std::variant<peer_connected, peer_frame, peer_disconnected>;

/// Encoded frames to send, in order. One arena; a frame for many peers is kept once.
class bus_outbox {
  public:
    struct entry {
        node_id to;
        std::size_t offset = 0;
        std::size_t size = 0;
    };
    /// Starts a frame: append its bytes to the returned arena, then call `commit` per receiver.
    std::string& begin() {
        begun_at_ = arena_.size();
        return arena_;
    }
    void commit(node_id to) { entries_.push_back({to, begun_at_, arena_.size() - begun_at_}); }

    std::span<const entry> entries() const { return entries_; }
    std::string_view bytes(const entry& which) const {
        return std::string_view(arena_).substr(which.offset, which.size);
    }
    void clear() {
        arena_.clear();
        entries_.clear();
    }

  private:
    std::string arena_;
    std::vector<entry> entries_;
    std::size_t begun_at_ = 0;
};

}  // namespace sipha::cluster
