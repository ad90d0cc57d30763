#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <sipha/geo/ip.hpp>

#include "proxy/node/machine.hpp"
#include "proxy/sip/message.hpp"

namespace sipha::admin {

/// Which calls a trace shows. Once a message fits, every message of its Call-ID is taken, so that
/// the other leg of the call is there too.
struct trace_filter {
    enum class kind : std::uint8_t {
        call_id,  ///< exactly this Call-ID
        user,     ///< the user part of the Request-URI, From or To
        source,   ///< the IP address a message came from or goes to
    };
    kind what = kind::call_id;
    std::string text;
};

/// What a trace may cost; it ends by itself.
struct trace_limits {
    std::size_t max_messages = 2000;     ///< the oldest go first
    std::size_t max_bytes = 4 << 20;     ///< of all messages together
    std::size_t max_call_ids = 256;      ///< followed at once
    std::chrono::seconds duration{600};  ///< no message is taken later than this
};

/// One message as it was on the wire.
struct traced_message {
    enum class direction : std::uint8_t { in, out };
    timing::instant at;
    direction way = direction::in;
    sip::hop hop;  ///< listener, remote address, flow
    std::string bytes;
};

/// Keeps the messages of chosen calls in a ring. Pure; off it costs one comparison.
class tracer {
  public:
    /// Starts anew; what an earlier trace took is gone.
    void start(timing::time_point now, trace_filter filter, const trace_limits& limits = {});
    /// Takes nothing further; what was taken stays until the next start.
    void stop() { is_on_ = false; }
    bool is_on() const { return is_on_; }
    /// Takes the message if it fits.
    void note(
        timing::instant now,
        traced_message::direction way,
        const sip::hop& hop,
        std::string_view bytes
    );
    const std::deque<traced_message>& messages() const { return messages_; }
    const trace_filter& filter() const { return filter_; }
    /// Messages that fitted but were pushed out by later ones.
    std::uint64_t lost() const { return lost_; }

  private:
    bool fits(const sip::message& message, const sip::hop& hop) const;

    bool is_on_ = false;
    trace_filter filter_;
    geo::ip_address source_;
    trace_limits limits_;
    timing::time_point until_{};
    std::set<std::string, std::less<>> call_ids_;
    std::deque<traced_message> messages_;
    std::size_t bytes_ = 0;
    std::uint64_t lost_ = 0;
    sip::message parsed_;
};

/// Shows a tracer what goes into and out of a machine.
class tracing_machine final : public proxy::machine {
  public:
    /// Both outlive this object.
    tracing_machine(proxy::machine& inner, tracer& into) : inner_(inner), into_(into) {}

    void step(timing::instant now, const proxy::input& what, proxy::effects& out) override;
    timing::time_point next_deadline() const override { return inner_.next_deadline(); }

  private:
    proxy::machine& inner_;
    tracer& into_;
};

}  // namespace sipha::admin
