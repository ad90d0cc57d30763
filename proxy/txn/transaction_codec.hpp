#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/sip/outbox.hpp"
#include "proxy/txn/running_timers.hpp"

namespace sipha::txn {

/// A whole transaction at one moment, free of any clock: what another node, or a later process,
/// needs to go on with it. See table::save_server, table::save_client and table::restore.
struct transaction_state {
    /// Values are stable, they travel between nodes.
    enum class kind : std::uint8_t {
        invite_server = 0,
        non_invite_server = 1,
        invite_client = 2,
        non_invite_client = 3,
    };
    kind what = kind::invite_server;
    snapshot machine;
    std::string key;      ///< server: its key; client: empty, the branch in `message` names it
    std::string message;  ///< server: the last response, or empty; client: the request as sent
    /// Client: the CANCEL that was sent for this INVITE.
    std::optional<snapshot> cancel = std::nullopt;
    std::string cancel_request;
    std::uint64_t owner = 0;  ///< as the transaction user of the saving node named it
    sip::hop to;              ///< listener and flow are numbers of the saving node

    bool is_server() const {
        return what == kind::invite_server || what == kind::non_invite_server;
    }
    friend bool operator==(const transaction_state&, const transaction_state&) = default;
};

/// Octets of one message in a record, and of a key; longer ones are not decoded.
inline constexpr std::size_t max_saved_message_bytes = 2 * 65536;
inline constexpr std::size_t max_saved_key_bytes = 4 * 65536;

/// Durations are rounded up to whole microseconds.
std::string encode_transaction(const transaction_state& what);
/// @param bytes what another node sent: any bytes.
/// @returns nothing for bytes that are no transaction: an unknown kind, a message, key or address
/// beyond its limit, a state that no machine has, or a server without a key.
std::optional<transaction_state> decode_transaction(std::string_view bytes);

}  // namespace sipha::txn
