#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/node/node.hpp"
#include "proxy/sip/builder.hpp"
#include "tests/fuzz/require.hpp"

// A whole node under hostile datagrams. The input is cut at octets 0xff into steps; the first octet
// of a step says who sends it and how much time passes before, or that the rest answers what the
// node sent last, or that what it sent last was lost. Claims: what one step asks for is bounded,
// everything that is sent is a valid message, timers come to an end, and in the end nothing is
// left.

namespace {

using namespace std::chrono_literals;
using namespace sipha;
using fuzz::require;

/// Copies and answers that one input can make, at most (relay_options::max_branches and its
/// answers).
constexpr std::size_t max_messages = 64;
constexpr std::size_t max_steps = 48;

sip::endpoint at(sip::transport transport, const char* ip, std::uint16_t port) {
    return {transport, *geo::ip_address::parse(ip), port};
}

proxy::node_options options() {
    proxy::node_options out;
    out.name = "fuzz";
    out.domains = {"example.org"};
    out.listeners = {
        at(sip::transport::udp, "10.0.0.1", 5060),
        at(sip::transport::tcp, "10.0.0.1", 5060),
        at(sip::transport::udp, "2001:db8::10", 5060)};
    out.registrar.allow_from = {*geo::ip_prefix::parse("192.0.2.0/24")};
    out.policy.has_upstream = true;
    out.upstream = {"sip:192.0.2.99", "sip:pbx.example.net"};
    out.cluster.self = {1};
    out.cluster.cluster_name = "fuzz";
    out.random_seed = "seed";
    out.transactions.max_transactions = 64;
    return out;
}

const sip::hop sources[] = {
    {0, at(sip::transport::udp, "192.0.2.10", 5060), 0},
    {0, at(sip::transport::udp, "192.0.2.20", 1026), 0},
    {1, at(sip::transport::tcp, "192.0.2.20", 4000), 7},
    {0, at(sip::transport::udp, "198.51.100.1", 5060), 0},
};

constexpr timing::duration pauses[] = {0s, 1ms, 500ms, 4s, 33s, 200s, 1000s, 0s};

/// The node, its clock, and the request it sent last.
class driver {
  public:
    driver() : node_(options()) { step(proxy::tick{}, 0); }

    void step(const proxy::input& what, std::size_t input_bytes) {
        effects_.clear();
        node_.step(now_, what, effects_);
        require(effects_.messages.entries().size() <= max_messages);
        std::size_t bytes = 0;
        for (const auto& entry : effects_.messages.entries()) {
            const auto text = effects_.messages.bytes(entry);
            bytes += text.size();
            check_sent(text);
            if (entry.token != 0) {
                last_ = text;
                last_token_ = entry.token;
                last_to_ = entry.to;
            }
        }
        largest_ = std::max(largest_, input_bytes);
        require(bytes <= max_messages * (largest_ + 8192));
        require(effects_.log.size() <= 16);
        const auto lookups = effects_.resolves;
        for (const auto& lookup : lookups) {
            require(lookup.uri.size() <= largest_ + 1024);
            step(
                proxy::resolved{lookup.query, {at(sip::transport::udp, "192.0.2.98", 5060)}, {}}, 0
            );
        }
    }
    void pass(timing::duration time) {
        const auto end = now_.mono + time;
        for (int ticks = 0; node_.next_deadline() <= end; ++ticks) {
            require(ticks < 100'000);
            set(std::max(now_.mono, node_.next_deadline()));
            step(proxy::tick{}, 0);
        }
        set(end);
    }
    /// The next hop answers the last request with one status.
    void answer(int status) {
        sip::message request;
        if (last_.empty() || sip::parse_message(last_, request) || !request.is_request()) {
            return;
        }
        std::string response;
        sip::append_response(response, request, {.status = status, .to_tag = "callee"});
        step(proxy::sip_received{last_to_, response}, response.size());
    }
    void lose() {
        if (last_token_ != 0) {
            step(proxy::send_failed{last_to_, last_token_}, 0);
        }
    }
    void check_quiet() {
        pass(2h);
        require(node_.transactions().server_count() == 0);
        require(node_.transactions().client_count() == 0);
        require(node_.relay().context_count() == 0);
    }

  private:
    /// Only the answer to a message that is itself malformed may be malformed.
    void check_sent(std::string_view text) {
        if (text == "\r\n\r\n") {
            return;  // keeps a NAT open (RFC 5626 3.5.1)
        }
        sip::message message;
        const auto error = sip::parse_message(text, message);
        require(!error || *error == sip::parse_error::too_many_headers);
        if (!error && message.is_request()) {
            require(sip::validate(message).status == 0);
        }
    }
    void set(timing::time_point when) {
        now_.wall_ms += std::chrono::floor<std::chrono::milliseconds>(when - now_.mono).count();
        now_.mono = when;
    }

    proxy::node node_;
    timing::instant now_{timing::time_point(1000h), 1'700'000'000'000};
    proxy::effects effects_;
    std::string last_;
    std::uint64_t last_token_ = 0;
    sip::hop last_to_;
    std::size_t largest_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    driver with;
    for (std::size_t steps = 0; !rest.empty() && steps < max_steps; ++steps) {
        const auto cut = std::min(rest.find('\xff'), rest.size());
        const auto one = rest.substr(0, cut);
        rest.remove_prefix(std::min(cut + 1, rest.size()));
        if (one.empty()) {
            continue;
        }
        const auto control = static_cast<std::uint8_t>(one.front());
        with.pass(pauses[control >> 2 & 7]);
        const auto& from = sources[control & 3];
        if ((control & 0x20) == 0) {
            with.step(proxy::sip_received{from, one.substr(1)}, one.size());
        } else if (one.size() > 1) {
            with.answer(100 + static_cast<std::uint8_t>(one[1]) * 599 / 255);
        } else {
            with.lose();
        }
    }
    with.check_quiet();
    return 0;
}
