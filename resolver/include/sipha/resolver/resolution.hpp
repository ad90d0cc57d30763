#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <sipha/resolver/explain.hpp>
#include <sipha/resolver/export.hpp>
#include <sipha/resolver/options.hpp>
#include <sipha/resolver/records.hpp>
#include <sipha/resolver/target.hpp>

namespace sipha::resolver {
namespace detail {
struct resolution_access;
}  // namespace detail

/// What a lookup found: candidates in the order in which to try them.
struct lookup_result {
    std::vector<candidate> candidates;  ///< first to last
    std::vector<warning> warnings;      ///< what the lookup worked around
    explanation steps;                  ///< empty unless `explain_level::full` was asked for
    /// With `errc::all_backoff`: when the first of the servers may be tried again.
    std::optional<std::chrono::seconds> retry_in;
};

/// Where a response goes whose connection is gone (RFC 3261 18.2.2, RFC 3263 5): what the topmost
/// Via says. A maddr or received parameter in it comes before all this and is the caller's matter.
struct via_target {
    resolver::transport transport = resolver::transport::udp;  ///< of the Via
    std::string host;                   ///< of sent-by; an IPv6 address with or without brackets
    std::optional<std::uint16_t> port;  ///< of sent-by; 1 to 65535
};

/// One lookup of RFC 3263 section 4 as a pure state machine: answers in, questions and finally
/// candidates out. No socket, no clock, no randomness but the seed.
///
///     resolution lookup("sip:example.com", options, now);
///     while (questions = lookup.advance(now); !lookup.is_done())
///         ... ask, then lookup.answer(question, answer, expires) ...
class SIPHA_RESOLVER_EXPORT resolution {
  public:
    /// @param uri a SIP or SIPS URI; anything else ends the lookup with `errc::bad_uri`.
    resolution(std::string_view uri, lookup_options options, time_point now);
    /// Locates where to send a response (RFC 3263 5): an address as it is, a port with A and AAAA
    /// only, else SRV of the transport, in order. A host that is none ends with `errc::bad_uri`.
    resolution(const via_target& via, lookup_options options, time_point now);
    ~resolution();
    /// The source may only be destroyed or assigned to.
    resolution(resolution&&) noexcept;
    /// The source may only be destroyed or assigned to.
    resolution& operator=(resolution&&) noexcept;

    /// Hands in the answer to a question; one never asked is ignored.
    /// @param expires when the records end; `now` plus their TTL when they are fresh.
    /// @param age whether the records are past their TTL and only used because the DNS fails.
    void answer(
        const question& asked,
        answer_ptr value,
        time_point expires,
        freshness age = freshness::fresh
    );
    /// Applies the rules to what is known. @returns questions not asked before, to be asked at
    /// once; empty when done.
    std::vector<question> advance(time_point now);
    /// True once `error` and `take_result` tell how it ended.
    bool is_done() const;
    /// When `advance` must run again although no answer came.
    time_point next_deadline() const;
    /// After `is_done`: success, or the reason why there is no candidate.
    std::error_code error() const;
    /// After `is_done`: moves the result out; on an error it still holds warnings and steps.
    lookup_result take_result();

  private:
    friend struct detail::resolution_access;
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace sipha::resolver
