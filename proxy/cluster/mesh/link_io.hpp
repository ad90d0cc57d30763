#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/cluster/node_id.hpp"

/// The embedded mesh speaks over byte streams ("links"); this is all that crosses to the shell.
namespace sipha::cluster {

/// A byte stream to some peer, numbered by the shell from 1 and never reused.
using link_id = std::uint64_t;

/// What the mesh wants done with links, in order.
struct link_action {
    enum class kind : std::uint8_t {
        dial,   ///< open a stream to `peer`'s configured address; answered by opened or closed
        send,   ///< write bytes
        close,  ///< close after the bytes already queued
    };
    kind what = kind::dial;
    node_id peer;            ///< dial only
    link_id link = 0;        ///< send and close; 0 for dial
    std::size_t offset = 0;  ///< send only: place in the outbox's arena
    std::size_t size = 0;
};

/// Link actions of one step; one arena, as in sip::outbox.
class link_outbox {
  public:
    void dial(node_id peer) { actions_.push_back({link_action::kind::dial, peer, 0, 0, 0}); }
    void send(link_id link, std::string_view bytes) {
        actions_.push_back({link_action::kind::send, {}, link, arena_.size(), bytes.size()});
        arena_.append(bytes);
    }
    void close(link_id link) { actions_.push_back({link_action::kind::close, {}, link, 0, 0}); }

    const std::vector<link_action>& actions() const { return actions_; }
    std::string_view bytes(const link_action& which) const {
        return std::string_view(arena_).substr(which.offset, which.size);
    }
    void clear() {
        actions_.clear();
        arena_.clear();
    }

  private:
    std::vector<link_action> actions_;
    std::string arena_;
};

}  // namespace sipha::cluster
