#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "proxy/sip/message.hpp"
#include "tests/sim/datagram_net.hpp"
#include "tests/sim/retransmission.hpp"
#include "tests/sim/scheduler.hpp"

namespace sipha::sim {

enum class outcome : std::uint8_t {
    calling,
    answered,   ///< 200 received, BYE not yet answered
    completed,  ///< answered, and the BYE too
    refused,    ///< see `status`
    unanswered,
    bye_lost,  ///< answered, but nobody answered the BYE
};
std::string_view to_string(outcome value);

/// One call as the caller saw it.
struct call_record {
    std::string user;
    sip::endpoint through;
    sim::outcome outcome = outcome::calling;
    int status = 0;  ///< of the final response to INVITE
    time_point started{};
    time_point answered{};
};

/// The carrier's side of calls into the edge: INVITE, ACK, BYE over UDP with all retransmissions.
class carrier final : public host {
  public:
    struct surroundings {
        scheduler& time;
        datagram_net& net;
        crypto::random& dice;
    };
    carrier(surroundings around, sip::endpoint local);
    ~carrier() override { around_.net.detach(local_.ip); }
    carrier(const carrier&) = delete;
    carrier& operator=(const carrier&) = delete;

    /// Places a call; it is hung up shortly after the answer.
    /// @returns its index in `calls`.
    std::size_t call(const std::string& user, const sip::endpoint& through);
    const call_record& record(std::size_t index) const { return calls_[index].record; }
    std::size_t call_count() const { return calls_.size(); }
    std::size_t count(outcome which) const;
    const sip::endpoint& address() const { return local_; }

    void on_datagram(const sip::endpoint& to, const sip::endpoint& from, std::string_view bytes)
        override;

  private:
    struct call_state {
        call_record record;
        std::string call_id;
        std::string branch;
        std::string from;
        std::string remote_to;  ///< with the callee's tag
        std::string target;     ///< the callee's Contact
        std::string routes;     ///< Route lines of the dialog
        sip::endpoint next_hop;
        std::string ack;
        std::optional<retransmission> request{};
        std::uint64_t waiting = 0;
    };
    void on_invite_response(std::size_t index, const sip::message& response);
    void on_answer(std::size_t index, const sip::message& ok);
    void hang_up(std::size_t index);
    void give_up_later(std::size_t index);
    std::string in_dialog(const call_state& call, std::string_view method, std::uint32_t cseq);

    surroundings around_;
    sip::endpoint local_;
    std::deque<call_state> calls_;
    std::map<std::string, std::size_t, std::less<>> by_call_id_;
    sip::message parsed_;
};

}  // namespace sipha::sim
