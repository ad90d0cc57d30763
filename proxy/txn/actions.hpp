#pragma once

/// What a machine wants done after one event. Members are listed in the order to perform them; all
/// false means that the event was absorbed.
namespace sipha::txn {

/// Answers of invite_client and non_invite_client.
struct client_actions {
    bool send_request = false;      ///< send the stored request again, byte for byte
    bool send_ack = false;          ///< send the ACK of RFC 3261 17.1.1.3 on the same branch
    bool pass_response_up = false;  ///< give the response of this event to the TU
    bool timed_out = false;         ///< Timer B or F: tell the TU that nobody answered
    bool transport_failed = false;  ///< tell the TU that the message could not be delivered
    bool terminated = false;        ///< erase the transaction now

    friend constexpr bool operator==(const client_actions&, const client_actions&) = default;
};

/// Answers of invite_server and non_invite_server.
struct server_actions {
    bool send_response = false;     ///< send the TU's response of this event and keep its bytes
    bool resend_response = false;   ///< send the bytes kept last again
    bool pass_ack_up = false;       ///< give the ACK of this event to the TU
    bool trying_due = false;        ///< RFC 4320 4.1: the TU must answer 100 if it has no better
    bool refused = false;           ///< the TU's response is not legal now: do not send it
    bool timed_out = false;         ///< Timer H: tell the TU that no ACK came
    bool transport_failed = false;  ///< tell the TU that the response could not be delivered
    bool terminated = false;        ///< erase the transaction now

    friend constexpr bool operator==(const server_actions&, const server_actions&) = default;
};

}  // namespace sipha::txn
