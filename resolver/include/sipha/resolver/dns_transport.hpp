#pragma once

#include <cstdint>
#include <system_error>
#include <vector>

#include <sipha/resolver/export.hpp>
#include <sipha/resolver/records.hpp>
#include <sipha/resolver/target.hpp>

namespace sipha::resolver {

using query_id = std::uint64_t;

/// One finished question: a DNS message (RFC 1035 4) or the reason why there is none.
struct dns_reply {
    query_id id = 0;
    std::error_code error;
    std::vector<std::uint8_t> message;
};

/// Port through which the engine asks the DNS: c-ares, memory, DNS over TLS, ...
///
/// One thread. Nothing is called back: replies are collected after `process`. Each sent question
/// yields exactly one reply within a time that the transport bounds itself.
class SIPHA_RESOLVER_EXPORT dns_transport {
  public:
    dns_transport() = default;
    virtual ~dns_transport();
    dns_transport(const dns_transport&) = delete;
    dns_transport& operator=(const dns_transport&) = delete;

    /// Starts to ask. @param id chosen by the caller, unique among its open questions.
    virtual void send(time_point now, query_id id, const question& asked) = 0;
    /// A descriptor that polls readable when `process` has something to do; -1 when there is none.
    virtual int fd() const = 0;
    /// When `process` must run at the latest although the descriptor is quiet.
    virtual time_point next_deadline() const = 0;
    /// Moves bytes and runs deadlines; never blocks.
    virtual void process(time_point now) = 0;
    /// Moves out what finished, in order of completion.
    virtual std::vector<dns_reply> take_replies() = 0;
};

}  // namespace sipha::resolver
