#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "proxy/cluster/node_id.hpp"
#include "proxy/sip/endpoint.hpp"
#include "proxy/sip/outbox.hpp"
#include "proxy/timing/clock.hpp"

namespace sipha::state {

/// How a request finds the phone behind a binding.
enum class reach : std::uint8_t {
    contact = 0,  ///< at the contact URI, by RFC 3263
    source = 1,   ///< at the address the REGISTER came from (NAT in between, or a connection)
};

/// What one accepted REGISTER said about one contact.
struct binding_value {
    std::string contact;  ///< contact URI as registered, without angle brackets
    std::uint16_t q_thousandths = 1000;
    std::string user_agent;
    sip::endpoint source;   ///< where the REGISTER came from
    sip::endpoint local;    ///< our socket it arrived at
    sip::flow_id flow = 0;  ///< its connection on the accepting node; 0 for UDP
    state::reach reach = reach::contact;
    timing::time_point expires_at{};
};

/// The order of registrations: RFC 3261 10.3 within one Call-ID, the hybrid clock between them.
struct binding_version {
    std::string call_id;
    std::uint32_t cseq = 0;
    std::uint64_t hlc = 0;
    cluster::node_id origin;  ///< the node that accepted it
};

/// One version of a binding; removed and expired ones are kept a while, so that late copies do not
/// revive them.
struct binding_entry {
    binding_version version;
    binding_value value;
    bool is_removed = false;
    timing::time_point forget_at{};  ///< is_removed: when the tombstone may go
};

/// One contact of one address of record.
///
/// "Same Call-ID: higher CSeq, else later time" is not transitive over pairs, so the newest entry
/// of each Call-ID is kept and the winner is the one with the latest (hlc, origin): any order of
/// arrival gives the same result on every node.
struct binding {
    std::string aor;
    std::string key;
    std::vector<binding_entry> entries;  ///< one per Call-ID, the winner first
    std::uint64_t digest = 0;            ///< what this binding adds to the store's digest

    const binding_entry& winner() const { return entries.front(); }
    bool is_live(timing::time_point now) const {
        return !winner().is_removed && winner().value.expires_at > now;
    }
};

}  // namespace sipha::state
