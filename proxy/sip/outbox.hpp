#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/sip/endpoint.hpp"

namespace sipha::sip {

/// Position of a listening socket in the configuration.
using listener_id = std::uint16_t;
/// A stream connection, numbered by the shell and never reused, not by a later process either; 0
/// means "no connection".
using flow_id = std::uint64_t;

/// Where a message came from or goes to: our socket, the peer's address and, for stream transports,
/// the connection.
struct hop {
    listener_id listener = 0;
    endpoint remote;
    /// 0 on a stream transport asks the shell to use a connection to `remote`, opening one if
    /// needed.
    flow_id flow = 0;
    /// Over TLS with flow 0: the number of the domain that the peer's certificate must name
    /// (RFC 5922 7.3), as effects::names gave it to the shell; 0 stands for the peer's address.
    std::uint16_t name = 0;

    friend constexpr auto operator<=>(const hop&, const hop&) = default;
};

/// Messages that a step wants sent, in order. The bytes live in one arena that keeps its capacity
/// between steps, so a steady load allocates nothing.
class outbox {
  public:
    struct entry {
        hop to;
        /// Handed back with `send_failed`; 0 when nobody waits for the outcome.
        std::uint64_t token = 0;
        std::size_t offset = 0;
        std::size_t size = 0;
    };

    /// Starts a message: append its bytes to the returned arena, then call `commit`.
    std::string& begin() {
        begun_at_ = arena_.size();
        return arena_;
    }
    /// Ends the message begun last and queues it.
    void commit(const hop& to, std::uint64_t token) {
        entries_.push_back({to, token, begun_at_, arena_.size() - begun_at_});
    }
    void add(const hop& to, std::uint64_t token, std::string_view bytes) {
        begin().append(bytes);
        commit(to, token);
    }

    std::span<const entry> entries() const { return entries_; }
    /// Valid until the next `begin`, `add` or `clear`.
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

}  // namespace sipha::sip
