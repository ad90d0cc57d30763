#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "proxy/txn/table.hpp"
#include "tests/support/sip_text.hpp"

namespace sipha::txn {

using test::hop_to;
using test::parsed;
using test::request_text;
using test::response_to;

inline constexpr auto start_time = timing::time_point(std::chrono::hours(1000));
inline const crypto::mac key("0123456789abcdef");
inline const sip::hop phone = hop_to("udp:192.0.2.10:5060");
inline const sip::hop peer = hop_to("udp:192.0.2.20:5060");

/// A table with its clock, outbox and all events so far.
class table_fixture {
  public:
    explicit table_fixture(std::size_t max_transactions = 100, std::uint16_t node = 1)
        : branches_(key, node, 1), transactions({{}, max_transactions}, branches_) {}

    table::arrived receive(const request_text& text, const sip::hop& from = phone) {
        const parsed message(text);
        return transactions.on_request(now, *message, from, out);
    }
    bool respond(server_handle server, int status, const request_text& to) {
        return transactions.respond(now, server, status, response_to(to.text(), status), out);
    }
    /// Sends a request of our own. Its text is kept in `sent`.
    client_handle send(const std::string& method, const sip::hop& to = peer) {
        request_text request;
        request.method = method;
        const auto client = transactions.reserve(parsed(request)->method(), 42);
        std::string branch;
        transactions.append_branch(branch, client);
        request.via = "SIP/2.0/UDP 10.0.0.1:5060;branch=" + branch;
        request.headers = {"Route: <sip:192.0.2.20;lr>"};
        sent = request.text();
        transactions.start(now, client, to, sent, out);
        return client;
    }
    table::matched receive_response(int status, std::string_view to = {}) {
        const parsed response(response_to(to.empty() ? std::string_view(sent) : to, status));
        return transactions.on_response(now, *response, out);
    }
    /// Lets time pass, every timer served when it is due.
    void pass(timing::duration time) {
        const auto end = now + time;
        while (transactions.next_deadline() <= end) {
            now = std::max(now, transactions.next_deadline());
            transactions.advance(now, out);
        }
        now = end;
    }
    std::vector<table_event> take_events() {
        std::vector<table_event> taken;
        transactions.take_events(taken);
        return taken;
    }
    std::size_t count(table_event::kind what) {
        for (const auto& event : take_events()) {
            ++events[event.what];
        }
        return events[what];
    }
    bool is_empty() const {
        return transactions.server_count() == 0 && transactions.client_count() == 0;
    }

  private:
    branch_codec branches_;

  public:
    table transactions;
    timing::time_point now = start_time;
    sip::outbox out;
    std::string sent;
    std::map<table_event::kind, std::size_t> events;
};

}  // namespace sipha::txn
