#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "resolver/stub/answers.hpp"
#include "resolver/stub/asker.hpp"
#include "resolver/stub/counters.hpp"
#include "resolver/stub/doors.hpp"
#include "resolver/stub/forwarder.hpp"
#include "resolver/stub/reactor.hpp"
#include "resolver/stub/tcp_door.hpp"
#include "resolver/stub/udp_door.hpp"
#include "resolver/stub/wire.hpp"

namespace sipha::resolver::stub {

/// Questions about a domain that is not located yet wait this long, then get SERVFAIL: some phones
/// never ask again after a failure, all of them after silence.
inline constexpr std::chrono::seconds hold_limit{3};
inline constexpr std::size_t max_held = 64;

enum class forwarding : std::uint8_t { on, off };

struct stub_options {
    std::uint32_t ttl_s = default_ttl_s;
    forwarding forwards = forwarding::on;
    std::vector<dns_server> upstream;  ///< in order of preference
};

/// Answers DNS queries: those about served domains itself, others through the upstream servers.
class dns_stub final : public query_sink, public reply_sink {
  public:
    /// @param in bound sockets, owned from here on.
    dns_stub(reactor& loop, counters& counts, const doors& in, const stub_options& options);

    /// See `stub_answers`.
    bool serve(std::string_view domain) { return answers_.serve(domain); }
    /// The same, and answers who waits for this domain.
    void update(domain_view view);

    void on_query(const asker& from, std::span<const std::uint8_t> message) override;
    void reply(const asker& to, std::span<const std::uint8_t> message) override;
    /// Runs deadlines.
    void advance(time_point now);
    time_point next_deadline() const;

  private:
    struct held_query {
        asker from;
        std::vector<std::uint8_t> message;
        time_point deadline;
    };
    using bytes = std::span<const std::uint8_t>;
    void answer(const asker& from, bytes message, const query& asked, const stub_reply& with);
    void pass_on(const asker& from, bytes message, const query& asked);
    void hold(const asker& from, bytes message);
    void fail(const asker& to, bytes message, rcode code, std::uint64_t counters::*reason);

    reactor& loop_;
    counters& counts_;
    forwarding forwards_;
    stub_answers answers_;
    udp_door udp_;
    tcp_door tcp_;
    forwarder forwarder_;
    std::deque<held_query> held_;  ///< oldest first
};

}  // namespace sipha::resolver::stub
