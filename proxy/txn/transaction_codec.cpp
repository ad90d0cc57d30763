#include "proxy/txn/transaction_codec.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <span>

#include "proxy/txn/transaction.pb.h"

namespace sipha::txn {

namespace {

using std::chrono::microseconds;

constexpr std::uint32_t last_kind =
    static_cast<std::uint32_t>(transaction_state::kind::non_invite_client);
/// The highest enumerator of the machine with the most states.
constexpr std::uint32_t last_state = 4;
/// No timer of valid timer_values runs longer; what a record says beyond it is cut.
constexpr microseconds longest = std::chrono::hours(2);

std::uint64_t to_wire(duration value) {
    return static_cast<std::uint64_t>(std::chrono::ceil<microseconds>(value).count());
}

duration from_wire(std::uint64_t value) {
    const auto cap = static_cast<std::uint64_t>(longest.count());
    return microseconds(static_cast<microseconds::rep>(std::min(value, cap)));
}

void write(wire::machine& out, const snapshot& what) {
    out.set_state(what.state);
    if (what.retransmit_in) {
        out.set_retransmit_in_us(to_wire(*what.retransmit_in));
    }
    out.set_interval_us(to_wire(what.interval));
    if (what.expires_in) {
        out.set_expires_in_us(to_wire(*what.expires_in));
    }
}

std::optional<snapshot> read(const wire::machine& from) {
    if (from.state() > last_state) {
        return std::nullopt;
    }
    snapshot out;
    out.state = static_cast<std::uint8_t>(from.state());
    if (from.has_retransmit_in_us()) {
        out.retransmit_in = from_wire(from.retransmit_in_us());
    }
    out.interval = from_wire(from.interval_us());
    if (from.has_expires_in_us()) {
        out.expires_in = from_wire(from.expires_in_us());
    }
    return out;
}

bool read_hop(const wire::transaction& from, sip::hop& out) {
    if (from.transport() > static_cast<std::uint32_t>(sip::transport::wss) ||
        from.port() > std::numeric_limits<std::uint16_t>::max() ||
        from.listener() > std::numeric_limits<sip::listener_id>::max()) {
        return false;
    }
    const auto* octets = reinterpret_cast<const std::uint8_t*>(from.ip().data());
    if (from.ip().size() == 4) {
        out.remote.ip = geo::ip_address::v4(std::span<const std::uint8_t, 4>(octets, 4));
    } else if (from.ip().size() == 16) {
        out.remote.ip = geo::ip_address::v6(std::span<const std::uint8_t, 16>(octets, 16));
    } else {
        return false;
    }
    out.listener = static_cast<sip::listener_id>(from.listener());
    out.remote.transport = static_cast<sip::transport>(from.transport());
    out.remote.port = static_cast<std::uint16_t>(from.port());
    out.flow = from.flow();
    return true;
}

bool sizes_fit(const wire::transaction& from) {
    return from.key().size() <= max_saved_key_bytes &&
           from.message().size() <= max_saved_message_bytes &&
           from.cancel_request().size() <= max_saved_message_bytes;
}

}  // namespace

std::string encode_transaction(const transaction_state& what) {
    wire::transaction out;
    out.set_kind(static_cast<std::uint32_t>(what.what));
    write(*out.mutable_machine(), what.machine);
    out.set_key(what.key);
    out.set_message(what.message);
    if (what.cancel) {
        write(*out.mutable_cancel(), *what.cancel);
        out.set_cancel_request(what.cancel_request);
    }
    out.set_owner(what.owner);
    out.set_listener(what.to.listener);
    out.set_transport(static_cast<std::uint32_t>(what.to.remote.transport));
    const auto ip = what.to.remote.ip.bytes();
    out.set_ip(ip.data(), ip.size());
    out.set_port(what.to.remote.port);
    out.set_flow(what.to.flow);
    return out.SerializeAsString();
}

std::optional<transaction_state> decode_transaction(std::string_view bytes) {
    wire::transaction from;
    if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
        !from.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
        from.kind() > last_kind || !sizes_fit(from)) {
        return std::nullopt;
    }
    transaction_state out;
    out.what = static_cast<transaction_state::kind>(from.kind());
    const auto machine = read(from.machine());
    if (!machine || !read_hop(from, out.to) || out.is_server() == from.key().empty()) {
        return std::nullopt;
    }
    out.machine = *machine;
    out.key = from.key();
    out.message = from.message();
    if (from.has_cancel()) {
        out.cancel = read(from.cancel());
        if (!out.cancel || out.what != transaction_state::kind::invite_client) {
            return std::nullopt;
        }
        out.cancel_request = from.cancel_request();
    } else if (!from.cancel_request().empty()) {
        return std::nullopt;
    }
    out.owner = from.owner();
    return out;
}

}  // namespace sipha::txn
