#pragma once

#include <cstdint>
#include <span>

#include "resolver/stub/socket_place.hpp"

namespace sipha::resolver::stub {

enum class asked_via : std::uint8_t { udp, tcp };

/// Who asked, so that the reply finds the way back.
struct asker {
    asked_via via = asked_via::udp;
    socket_place from;         ///< for UDP
    std::uint64_t stream = 0;  ///< for TCP: number of the connection, never used twice
};

/// Takes messages in as they arrive.
class query_sink {
  public:
    query_sink() = default;
    virtual ~query_sink() = default;
    query_sink(const query_sink&) = delete;
    query_sink& operator=(const query_sink&) = delete;

    /// @param message valid during the call.
    virtual void on_query(const asker& from, std::span<const std::uint8_t> message) = 0;
};

/// Takes replies out.
class reply_sink {
  public:
    reply_sink() = default;
    virtual ~reply_sink() = default;
    reply_sink(const reply_sink&) = delete;
    reply_sink& operator=(const reply_sink&) = delete;

    virtual void reply(const asker& to, std::span<const std::uint8_t> message) = 0;
};

}  // namespace sipha::resolver::stub
