#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "proxy/route/relay.hpp"
#include "tests/support/sip_text.hpp"

namespace sipha::route {

using namespace std::chrono_literals;
using test::kinds;
using test::of_kind;
using test::parsed;
using test::request_text;
using test::sent;

/// A relay over a real transaction table, with a clock of its own. The caller is a phone at
/// 192.0.2.10; targets are given by the test.
class relay_bench {
  public:
    using targets_text = std::vector<std::vector<std::string>>;

    explicit relay_bench(std::size_t max_transactions = 1000)
        : transactions({{}, max_transactions}, branches_) {}

    /// Takes a request as the node does: transaction, 100 for INVITE, relay.
    /// @param targets of each target its next hops: "udp:192.0.2.1:5060" or a URI to look up.
    void start(const request_text& text, const targets_text& targets) {
        request = text;
        const parsed message(text);
        server = transactions.on_request(now, *message, caller, out_).server;
        if (message->method() == sip::method::invite) {
            transactions.respond(now, server, 100, test::response_to(text.text(), 100), out_);
        }
        std::vector<target> all;
        for (const auto& hops : targets) {
            target one;
            for (const auto& hop : hops) {
                if (hop.starts_with("sip:")) {
                    one.next_hops.push_back({std::nullopt, hop});
                } else {
                    const auto remote = test::at(hop);
                    one.next_hops.push_back({sip::hop{*us.listener_for(remote), remote, 0}, {}});
                }
            }
            all.push_back(std::move(one));
        }
        const auto routes = read_routes(*message, us, tokens_);
        relay_.start(now, {*message, *routes, caller, server, false, "ours", std::move(all)}, to());
        pump();
    }
    void start(const targets_text& targets) { start(request_text{}, targets); }

    /// The next hop answers what it was sent.
    void answer(
        const sent& what, int status, std::string_view tag = "callee", std::string_view extra = {}
    ) {
        receive(test::response_to(what.text, status, tag, extra));
    }
    void receive(const std::string& text) {
        const parsed response(text);
        const auto matched = transactions.on_response(now, *response, out_);
        last_match = matched.what;
        if (matched.what == txn::table::match::pass_up) {
            relay_.on_response(now, matched, *response, to());
        }
        pump();
    }
    /// The caller sends the INVITE's ACK or sends it again.
    void receive_again(const char* method) {
        auto again = request;
        again.method = method;
        const parsed message(again);
        transactions.on_request(now, *message, caller, out_);
        pump();
    }
    void cancel(std::string_view reason = {}) {
        relay_.on_cancel(now, transactions.owner_of(server), reason, to());
        pump();
    }
    void fail(const sent& what) {
        transactions.on_send_failed(what.token);
        pump();
    }
    void locate(std::uint64_t query, const std::vector<std::string>& found) {
        std::vector<sip::endpoint> remotes;
        for (const auto& one : found) {
            remotes.push_back(test::at(one));
        }
        relay_.on_located(now, query, remotes, to());
        pump();
    }
    /// Lets time pass, every timer served when it is due.
    void pass(timing::duration time) {
        const auto end = now + time;
        for (auto next = next_deadline(); next <= end; next = next_deadline()) {
            now = std::max(now, next);
            relay_.advance(now, to());
            transactions.advance(now, out_);
            pump();
        }
        now = end;
    }
    timing::time_point next_deadline() const {
        return std::min(relay_.next_deadline(), transactions.next_deadline());
    }
    /// What was sent since the last call.
    std::vector<sent> take() { return test::drain(out_); }
    /// Lookups asked for since the last call.
    std::vector<lookup> take_lookups() { return std::exchange(lookups_, {}); }
    /// All timers run out: nothing may be left.
    void expect_empty_after(timing::duration time) {
        pass(time);
        EXPECT_EQ(relay_.context_count(), 0u);
        EXPECT_EQ(transactions.server_count(), 0u);
        EXPECT_EQ(transactions.client_count(), 0u);
        EXPECT_EQ(next_deadline(), timing::never);
    }
    const relay_counters& counters() const { return relay_.counters(); }
    std::size_t context_count() const { return relay_.context_count(); }

  private:
    relay_output to() { return {out_, lookups_}; }
    void pump() {
        std::vector<txn::table_event> events;
        for (transactions.take_events(events); !events.empty(); transactions.take_events(events)) {
            for (const auto& event : events) {
                relay_.on_event(now, event, to());
            }
        }
    }

    crypto::mac key_{"0123456789abcdef"};
    dialog_tokens tokens_{key_, cluster::node_id{1}};
    txn::branch_codec branches_{key_, 1, 1};
    state::location location_;
    sip::outbox out_;
    std::vector<lookup> lookups_;

  public:
    timing::time_point now = timing::time_point(1000h);
    const sip::hop caller = test::hop_to("udp:192.0.2.10:5060");
    const identity us{
        {"example.org"},
        {test::at("udp:10.0.0.1:5060"),
         test::at("tcp:10.0.0.1:5060"),
         test::at("udp:10.0.0.2:5060")}};
    txn::table transactions;
    txn::server_handle server = 0;
    request_text request;
    txn::table::match last_match = txn::table::match::forged;

  private:
    target_finder finder_{{cluster::node_id{1}, {}, {}}, us, location_, tokens_};
    relay relay_{{}, {us, tokens_, finder_, transactions}};
};

/// A timer value beyond every timer of a call without Timer C.
inline constexpr auto long_after = 5min;

inline request_text message_request() {
    request_text out;
    out.method = "MESSAGE";
    return out;
}

}  // namespace sipha::route
