#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/route/dialog_token.hpp"
#include "proxy/route/targets.hpp"
#include "proxy/sip/message.hpp"
#include "proxy/sip/outbox.hpp"
#include "proxy/timing/clock.hpp"
#include "proxy/txn/table.hpp"

namespace sipha::route {

/// One copy of a forwarded request: a target, tried at its next hops one after the other.
struct relay_branch {
    enum class state : std::uint8_t {
        idle,      ///< nothing sent to the current next hop yet
        locating,  ///< waiting for DNS
        trying,    ///< a client transaction runs
        done,      ///< has a final status, 0 for none (RFC 4320)
    };
    route::target target;
    std::size_t next = 0;  ///< index of the next hop to try
    state at = state::idle;
    txn::client_handle client = 0;  ///< of the current try
    std::uint64_t query = 0;        ///< while locating
    int status = 0;                 ///< final status, when done
    bool wants_cancel = false;      ///< CANCEL as soon as a provisional response allows it
    std::string cancel_reason;      ///< complete Reason lines for that CANCEL, or empty (RFC 3326)
    /// Timer C (RFC 3261 16.8), or the end of waiting for the answer to a CANCEL (9.1).
    timing::time_point limit = timing::never;
};

/// The response context of RFC 3261 16.7: one request on its way, with all its branches.
struct response_context {
    txn::server_handle server = 0;  ///< 0 for an ACK, which has no transaction
    sip::method method = sip::method::other;
    std::string request;  ///< as it arrived
    sip::hop from;
    std::string to_tag;  ///< of the responses made here
    dialog_path path;    ///< caller's end, when only we can reach it
    bool forms_dialog = false;
    std::uint64_t watched = 0;  ///< relay::order::watched
    std::vector<relay_branch> branches;

    bool is_final_sent = false;
    bool is_cancelled = false;
    int best_status = 0;        ///< best final status so far (16.7 step 6)
    std::string best_response;  ///< its bytes as they go up; empty when made here

    std::size_t live_clients = 0;  ///< client transactions that will still report
    bool is_server_alive = true;
    timing::time_point armed = timing::never;

    bool is_complete() const {
        for (const auto& branch : branches) {
            if (branch.at != relay_branch::state::done) {
                return false;
            }
        }
        return true;
    }
};

/// True when final response `candidate` is a better answer than `best` (RFC 3261 16.7 step 6):
/// a 6xx before all, else the lowest class, inside 4xx those that tell how to try again.
bool is_better_final(int candidate, int best);

}  // namespace sipha::route
