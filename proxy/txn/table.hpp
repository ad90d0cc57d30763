#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "proxy/memory/slab.hpp"
#include "proxy/sip/message.hpp"
#include "proxy/sip/outbox.hpp"
#include "proxy/timing/clock.hpp"
#include "proxy/timing/deadline_queue.hpp"
#include "proxy/txn/branch.hpp"
#include "proxy/txn/invite_client.hpp"
#include "proxy/txn/invite_server.hpp"
#include "proxy/txn/key_index.hpp"
#include "proxy/txn/non_invite_client.hpp"
#include "proxy/txn/non_invite_server.hpp"
#include "proxy/txn/spare_strings.hpp"
#include "proxy/txn/timers.hpp"
#include "proxy/txn/transaction_codec.hpp"

namespace sipha::txn {

using server_handle = std::uint64_t;  ///< 0 names none
using client_handle = std::uint64_t;  ///< 0 names none; it is the transaction number in our branch

struct table_options {
    timer_values timers;
    std::size_t max_transactions = 200'000;  ///< server and client transactions together
};

/// What happened to a transaction other than by a message in hand.
struct table_event {
    enum class kind : std::uint8_t {
        client_timed_out,   ///< Timer B or F: nobody answered
        client_failed,      ///< the request could not be delivered
        client_ended,       ///< the record is gone
        server_trying_due,  ///< RFC 4320 4.1: a non-INVITE needs its 100 now
        server_unacked,     ///< Timer H: no ACK for a 3xx-6xx
        server_ended,       ///< the record is gone
    };
    kind what;
    std::uint64_t transaction = 0;
    std::uint64_t owner = 0;  ///< as given by the transaction user
};

/// All transactions of a node (RFC 3261 17): matches messages, keeps what must be sent again, runs
/// the timers. Pure; whoever uses it (the "TU" of the RFC) gets answers and events.
class table {
  public:
    /// @param branches outlives the table.
    table(const table_options& options, const branch_codec& branches);

    /// A smaller limit ends nothing: it refuses new ones until there are fewer.
    void set_limit(std::size_t max_transactions) { options_.max_transactions = max_transactions; }

    // --- server side ---------------------------------------------------------------------------

    enum class arrival : std::uint8_t {
        fresh,          ///< a new transaction was made
        absorbed,       ///< a retransmission or the ACK of a 3xx-6xx; answered if need be
        ack_for_2xx,    ///< an ACK that belongs end to end
        unmatched_ack,  ///< an ACK of no transaction known here
        full,           ///< max_transactions reached; nothing was made
    };
    struct arrived {
        arrival what = arrival::absorbed;
        server_handle server = 0;
    };
    /// A validated request. An ACK never makes a transaction.
    arrived on_request(
        timing::time_point now, const sip::message& request, const sip::hop& from, sip::outbox& out
    );
    /// The INVITE that a CANCEL is meant for (RFC 3261 9.2), or 0.
    server_handle find_cancelled(const sip::message& cancel);
    /// Whether the same request is being answered here already: it came before on another path, so
    /// that From tag, Call-ID and CSeq are equal but the transaction is not (RFC 3261 8.2.2.2). For
    /// requests that this element answers as a user agent server; one with a To tag never counts.
    enum class copy : std::uint8_t { first, merged };
    /// Remembers the first until its transaction ends.
    /// @param server the transaction of `request`; 0 is always `first`.
    copy claim(server_handle server, const sip::message& request);
    void set_owner(server_handle server, std::uint64_t owner);
    std::uint64_t owner_of(server_handle server) const;

    /// Sends a response the TU made, unless it is not legal now (RFC 4320, second final).
    /// @returns whether it was sent.
    bool respond(
        timing::time_point now,
        server_handle server,
        int status,
        std::string_view response,
        sip::outbox& out
    );
    /// Erases a non-INVITE transaction without an answer (RFC 4320 4.2: no 408).
    void abandon(server_handle server);

    // --- client side ---------------------------------------------------------------------------

    /// Makes room for a request that is about to be built: the handle goes into its branch.
    /// @returns 0 when max_transactions is reached.
    client_handle reserve(sip::method method, std::uint64_t owner);
    void append_branch(std::string& out, client_handle client) const {
        branches_->append(out, client);
    }
    /// Sends the request and starts its machine. @param request the whole message; a copy is kept.
    void start(
        timing::time_point now,
        client_handle client,
        const sip::hop& to,
        std::string_view request,
        sip::outbox& out
    );
    /// Sends the one CANCEL of an INVITE in state "proceeding" (RFC 3261 9.1); harmless otherwise.
    /// @param reason_line a complete Reason header line or empty (RFC 3326).
    /// @returns whether this call sent it.
    bool cancel(
        timing::time_point now, client_handle client, std::string_view reason_line, sip::outbox& out
    );

    /// Erases a client transaction that nobody waits for any longer: a cancelled INVITE without a
    /// final response (RFC 3261 9.1) has no timer of its own. Its end is told by an event.
    void abandon_client(client_handle client);

    enum class match : std::uint8_t {
        pass_up,       ///< give it to the owner
        absorbed,      ///< handled here: a retransmission, an answer to our CANCEL
        unknown,       ///< our branch, but no such transaction (any more)
        foreign_node,  ///< a valid branch of another node of the cluster
        forged,        ///< not a branch this cluster made
    };
    struct matched {
        match what = match::forged;
        client_handle client = 0;
        std::uint64_t owner = 0;
        branch_id branch;  ///< pass_up, absorbed, unknown, foreign_node
    };
    matched on_response(timing::time_point now, const sip::message& response, sip::outbox& out);
    /// The shell could not send the message with this token (a client handle).
    void on_send_failed(std::uint64_t token);
    /// The INVITE client is waiting for a final response after a provisional one.
    bool is_proceeding(client_handle client) const;

    // --- moving --------------------------------------------------------------------------------

    /// The transaction as it stands, for another node to go on with; this one keeps it too.
    /// @returns nothing when there is none, or when nothing was sent yet for a client.
    std::optional<transaction_state> save_server(timing::time_point now, server_handle server)
        const;
    std::optional<transaction_state> save_client(timing::time_point now, client_handle client)
        const;
    /// Goes on with a saved transaction of any node of the cluster. Responses find a client by the
    /// branch it was started with. Listener, flow and owner are to be set to what they are here
    /// before.
    /// @returns a server_handle or client_handle, by `saved.is_server()`; 0 when the state is not
    /// one that a transaction can have, when it is here already, or at max_transactions.
    std::uint64_t restore(timing::time_point now, const transaction_state& saved);

    // --- time ----------------------------------------------------------------------------------

    void advance(timing::time_point now, sip::outbox& out);
    timing::time_point next_deadline() const { return deadlines_.next_deadline(); }
    /// What happened since the last call, in order.
    /// @param into emptied first; its capacity is reused.
    void take_events(std::vector<table_event>& into) {
        into.clear();
        events_.swap(into);
    }

    std::size_t server_count() const { return servers_.size(); }
    /// True when a validated message belongs to a transaction that lives here: a retransmission,
    /// the ACK or CANCEL of one, or a response to one of ours.
    bool knows(const sip::message& message);
    /// Server transactions without a final response; looks at every one.
    std::size_t unanswered_count() const;
    std::size_t client_count() const { return clients_.size(); }

  private:
    struct server_record {
        std::string key;
        sip::hop to;  ///< where responses go (RFC 3261 18.2.2, RFC 3581 4)
        std::variant<invite_server, non_invite_server> machine;
        std::string response;  ///< the last one sent
        std::uint64_t owner = 0;
        timing::time_point armed = timing::never;
        std::uint64_t key_hash = 0;
        std::string claim = {};  ///< its key in claims_, empty when it has none there
        std::uint64_t claim_hash = 0;
    };
    struct client_record {
        sip::hop to;
        std::variant<std::monostate, invite_client, non_invite_client> machine;
        std::optional<non_invite_client> cancel;  ///< the CANCEL of this INVITE, on the same branch
        std::string request;
        std::string cancel_request;
        sip::method method = sip::method::other;
        std::uint64_t owner = 0;
        timing::time_point armed = timing::never;
        std::optional<branch_id> adopted;  ///< restored: what its branch says, its key in adopted_
    };

    void perform_server(server_handle which, server_actions actions, sip::outbox& out);
    void perform_client(
        client_handle which, client_actions actions, const sip::message* response, sip::outbox& out
    );
    server_handle find_server(std::string_view key, std::uint64_t hash) const;
    /// @param record with its key_hash. @returns 0 when the slab is full.
    server_handle add_server(server_record record);
    void remove_server(server_handle which);
    void remove_client(client_handle which);
    bool is_own(const branch_id& branch) const;
    server_handle restore_server(timing::time_point now, const transaction_state& saved);
    client_handle restore_client(timing::time_point now, const transaction_state& saved);
    void arm_server(server_handle which);
    void arm_client(client_handle which);
    void advance_server(timing::time_point now, server_handle which, sip::outbox& out);
    void advance_client(timing::time_point now, client_handle which, sip::outbox& out);

    table_options options_;
    const branch_codec* branches_;
    memory::slab<server_record> servers_;
    memory::slab<client_record> clients_;
    key_index keys_;    ///< of servers_
    key_index claims_;  ///< of those whose request is answered here (RFC 3261 8.2.2.2)
    spare_strings spare_;
    std::map<branch_id, client_handle> adopted_;  ///< started under another handle or elsewhere
    timing::deadline_queue deadlines_;
    std::vector<table_event> events_;
    std::string key_scratch_;
};

/// Where the responses to a request go: RFC 3261 18.2.2 and RFC 3581 4.
sip::hop response_hop(const sip::message& request, const sip::hop& from);

}  // namespace sipha::txn
