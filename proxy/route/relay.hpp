#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "proxy/memory/slab.hpp"
#include "proxy/route/call_watcher.hpp"
#include "proxy/route/hop_watcher.hpp"
#include "proxy/route/identity.hpp"
#include "proxy/route/lookup.hpp"
#include "proxy/route/loose_route.hpp"
#include "proxy/route/outgoing.hpp"
#include "proxy/route/peer_names.hpp"
#include "proxy/route/penalty_list.hpp"
#include "proxy/route/response_context.hpp"
#include "proxy/route/targets.hpp"
#include "proxy/sip/message.hpp"
#include "proxy/timing/deadline_queue.hpp"
#include "proxy/txn/table.hpp"

namespace sipha::route {

struct relay_options {
    /// RFC 3261 16.6 step 11: more than 3 minutes.
    std::chrono::seconds timer_c{181};
    /// RFC 3261 9.1: how long a cancelled INVITE may stay without a final response (64*T1).
    std::chrono::seconds cancel_limit{32};
    std::size_t max_branches = 16;        ///< copies of one request
    std::size_t max_located_targets = 8;  ///< addresses taken from one DNS answer
    /// Of a request without Max-Breadth (RFC 5393 5.3.3).
    std::uint32_t default_breadth = 60;
    /// What happens to more parallel targets than Max-Breadth allows.
    enum class excess_breadth : std::uint8_t {
        serial,  ///< they wait until earlier ones have ended
        refuse,  ///< the request is answered 440
    } excess = excess_breadth::serial;
};

struct relay_counters {
    std::uint64_t requests = 0;           ///< forwarded statefully
    std::uint64_t acks = 0;               ///< forwarded end to end
    std::uint64_t failovers = 0;          ///< a next hop failed and another was tried
    std::uint64_t dropped_overload = 0;   ///< no room for a transaction
    std::uint64_t dropped_responses = 0;  ///< no place upstream to send them to
    std::uint64_t loops = 0;              ///< came back unchanged, answered 482 (RFC 5393 4)
    std::uint64_t too_broad = 0;          ///< answered 440 (RFC 5393 5)
    std::uint64_t left_out_targets = 0;   ///< more targets than max_branches
    std::uint64_t left_out_lines = 0;     ///< of responses merged into one, for their size
    std::uint64_t dropped_viafree = 0;    ///< no Via under ours (RFC 3261 16.7 step 3)
};

/// Where a step of the relay puts what it wants.
struct relay_output {
    sip::outbox& messages;
    std::vector<lookup>& lookups;
};

/// The stateful proxy core (RFC 3261 16): forks requests, tries next hops one after the other,
/// chooses the best response, cancels what is no longer wanted. Pure.
class relay {
  public:
    /// All references outlive the relay.
    struct parts {
        const identity& us;
        const dialog_tokens& tokens;
        const target_finder& targets;
        txn::table& transactions;
        call_watcher* calls = nullptr;  ///< told of requests with order::watched
        hop_watcher* hops = nullptr;    ///< told how next hops fare
    };
    relay(relay_options options, parts with);

    /// A request to forward.
    struct order {
        const sip::message& request;  ///< validated
        const route_view& routes;
        sip::hop from;
        txn::server_handle server = 0;  ///< 0 for an ACK of a 2xx
        bool is_caller_flow = false;    ///< the caller is reached only where the request came from
        std::string_view to_tag;        ///< for responses made here
        std::vector<target> targets;    ///< not empty
        std::uint64_t watched = 0;      ///< for parts::calls; 0: nobody listens
    };
    void start(timing::time_point now, order what, relay_output out);

    /// A response that the transaction table passed up.
    void on_response(
        timing::time_point now,
        const txn::table::matched& match,
        const sip::message& response,
        relay_output out
    );
    /// A CANCEL that matched the INVITE of this context (RFC 3261 16.10); its 200 is sent already.
    /// @param reason_lines its complete Reason lines, which go on with ours, or empty.
    void on_cancel(
        timing::time_point now,
        std::uint64_t context,
        std::string_view reason_lines,
        relay_output out
    );
    void on_event(timing::time_point now, const txn::table_event& event, relay_output out);
    /// The answer to a lookup: addresses in the order to try.
    void on_located(
        timing::time_point now,
        std::uint64_t query,
        const std::vector<sip::endpoint>& found,
        relay_output out
    );
    void advance(timing::time_point now, relay_output out);
    timing::time_point next_deadline() const { return deadlines_.next_deadline(); }

    const penalty_list& penalties() const { return penalties_; }
    std::size_t context_count() const { return contexts_.size(); }
    const relay_counters& counters() const { return counters_; }
    /// Moves the names for TLS hops that are new since the last call to the end of `out`.
    void take_names(std::vector<peer_name>& out) { names_.take_new(out); }

  private:
    using context_handle = memory::slab<response_context>::handle;

    /// A request with its Routes, parsed once for all copies of a step.
    struct parsed_request {
        const sip::message* request = nullptr;
        const route_view* routes = nullptr;
    };
    parsed_request request_of(context_handle which);
    bool admit(timing::time_point now, context_handle which, const order& what, relay_output out);
    void start_targets(timing::time_point now, context_handle which, relay_output out);
    void try_next(
        timing::time_point now, context_handle which, std::size_t branch, relay_output out
    );
    void avoid_failed_hops(timing::time_point now, relay_branch& branch);
    bool send_copy(
        timing::time_point now,
        context_handle which,
        std::size_t branch,
        const sip::hop& to,
        relay_output out
    );

    void on_provisional(
        timing::time_point now,
        const txn::table::matched& match,
        const sip::message& response,
        relay_output out
    );
    void on_success(
        timing::time_point now,
        const txn::table::matched& match,
        const sip::message& response,
        relay_output out
    );
    void on_failure(
        timing::time_point now,
        const txn::table::matched& match,
        const sip::message& response,
        relay_output out
    );
    void note_failure(
        timing::time_point now,
        const relay_branch& branch,
        int status,
        std::chrono::seconds how_long
    );
    void note_answer(timing::time_point now, relay_branch& branch);
    void finish_branch(
        timing::time_point now,
        context_handle which,
        std::size_t branch,
        int status,
        relay_output out
    );
    void close_branch(
        timing::time_point now, context_handle which, std::size_t branch, relay_output out
    );
    void cancel_branch(
        timing::time_point now, relay_branch& branch, std::string_view reason_line, relay_output out
    );
    void cancel_others(
        timing::time_point now, context_handle which, std::size_t except, relay_output out
    );
    void report_response(
        timing::time_point now,
        const response_context& context,
        const sip::message& response,
        std::size_t index
    );
    void send_best(timing::time_point now, context_handle which, relay_output out);
    void answer(timing::time_point now, response_context& context, int status, relay_output out);
    void arm(context_handle which);
    void release(context_handle which);
    std::size_t branch_of(const response_context& context, txn::client_handle client) const;

    relay_options options_;
    parts with_;
    request_writer writer_;
    memory::slab<response_context> contexts_;
    peer_names names_;
    std::unordered_map<std::uint64_t, std::pair<context_handle, std::size_t>> queries_;
    timing::deadline_queue deadlines_;
    std::uint64_t next_query_ = 1;
    std::uint64_t next_ack_ = 1;
    relay_counters counters_;
    std::string scratch_;
    sip::patch edits_;
    penalty_list penalties_;

    // The request in hand. A later copy (another next hop, a lower q) parses the stored text again,
    // once for each step; a cache by context may replace that.
    context_handle parsed_for_ = 0;
    parsed_request parsed_;
    sip::message again_;
    std::optional<route_view> again_routes_;
};

}  // namespace sipha::route
