#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/route/best_response.hpp"
#include "proxy/route/dialog_token.hpp"
#include "proxy/route/target_set.hpp"
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
    bool is_answered = false;       ///< the current next hop sent something
    target_set::order order = 0;    ///< its place among the targets
    std::uint32_t breadth = 0;      ///< its share of the request's Max-Breadth (RFC 5393 5.3.3)
    sip::endpoint remote{};         ///< of the current try
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

    target_set waiting;           ///< targets that come later
    std::uint32_t breadth = 0;    ///< Max-Breadth as received; the open branches share it
    std::uint64_t loop_hash = 0;  ///< goes into our branches when has_loop_hash
    bool has_loop_hash = false;

    bool is_final_sent = false;
    bool is_cancelled = false;
    bool is_settled = false;  ///< by a 2xx, a 6xx or a CANCEL: nothing new is tried (16.7 step 5)
    best_response best;

    std::size_t live_clients = 0;  ///< client transactions that will still report
    bool is_server_alive = true;
    timing::time_point armed = timing::never;

    /// No branch is open and no target waits.
    bool is_complete() const { return waiting.is_empty() && !is_any_open(); }
    bool is_any_open() const;
    /// What the open branches leave of the Max-Breadth.
    std::uint32_t free_breadth() const;
    /// Nothing new is tried from here on.
    void settle() {
        is_settled = true;
        waiting.clear();
    }
};

/// The branches of a context as its target set sees them.
class tried_branches final : public target_set::branches {
  public:
    explicit tried_branches(const response_context& context) : context_(&context) {}
    target_set::instance state_of(std::uint64_t instance) const override;
    bool is_any_open() const override { return context_->is_any_open(); }

  private:
    const response_context* context_;
};

}  // namespace sipha::route
