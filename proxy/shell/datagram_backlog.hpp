#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/sip/outbox.hpp"

namespace sipha::shell {

/// A datagram on its way out; `bytes` belongs to whoever handed it over.
struct outgoing_datagram {
    sip::hop to;
    std::uint64_t token = 0;
    std::string_view bytes;
};

/// Datagrams that the kernel did not take yet, oldest first, with an upper bound.
class datagram_backlog {
  public:
    /// What an entry costs beside its payload, so that empty datagrams are bounded too.
    static constexpr std::size_t entry_bytes = 128;

    explicit datagram_backlog(std::size_t limit_bytes) : limit_(limit_bytes) {}

    /// Copies the datagram. @returns false, and takes nothing, when the bound would be exceeded.
    bool append(const outgoing_datagram& datagram);
    /// Views of the oldest entries, `count` at most; valid until the next call.
    std::span<const outgoing_datagram> front(std::size_t count);
    /// Removes the oldest entries.
    void pop(std::size_t count);
    void clear();
    bool empty() const { return entries_.empty(); }

  private:
    struct entry {
        sip::hop to;
        std::uint64_t token = 0;
        std::string bytes;
    };
    std::size_t limit_;
    std::size_t bytes_ = 0;
    std::deque<entry> entries_;
    std::vector<outgoing_datagram> views_;
};

}  // namespace sipha::shell
