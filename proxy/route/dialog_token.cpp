#include "proxy/route/dialog_token.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace sipha::route {

namespace {

// Payload: version, flags, owner (2), then each hop: transport and family, listener (2), port (2),
// address (4 or 16), flow (8, stream transports only). Numbers in network order.
constexpr char version = 1;
constexpr unsigned has_caller = 1;
constexpr unsigned has_callee = 2;
constexpr unsigned is_v6 = 0x80;
constexpr std::size_t mac_bytes = 8;
constexpr std::size_t max_token_bytes = 160;

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// base64url without padding (RFC 4648 5): every character may stand in a SIP user part.
void append_base64(std::string& out, std::string_view bytes) {
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : bytes) {
        bits = bits << 8 | static_cast<std::uint8_t>(c);
        for (count += 8; count >= 6; count -= 6) {
            out += alphabet[bits >> (count - 6) & 0x3f];
        }
    }
    if (count > 0) {
        out += alphabet[bits << (6 - count) & 0x3f];
    }
}

std::optional<std::string> decode_base64(std::string_view text) {
    std::string bytes;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        const auto digit = alphabet.find(c);
        if (digit == std::string_view::npos) {
            return std::nullopt;
        }
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes += static_cast<char>(bits >> count & 0xff);
        }
    }
    // One text for one token: no character left over, no bit set that belongs to no octet.
    return count < 6 && (bits & ((1u << count) - 1)) == 0 ? std::optional(bytes) : std::nullopt;
}

void append_number(std::string& out, std::uint64_t number, unsigned bytes) {
    while (bytes-- > 0) {
        out += static_cast<char>(number >> bytes * 8 & 0xff);
    }
}

/// Reads the payload from the front; a missing byte makes every later read fail too.
class reader {
  public:
    explicit reader(std::string_view bytes) : rest_(bytes) {}
    std::uint64_t number(unsigned bytes) {
        std::uint64_t value = 0;
        for (const char c : take(bytes)) {
            value = value << 8 | static_cast<std::uint8_t>(c);
        }
        return value;
    }
    std::string_view take(std::size_t bytes) {
        is_complete_ = is_complete_ && rest_.size() >= bytes;
        const auto piece = is_complete_ ? rest_.substr(0, bytes) : std::string_view();
        rest_.remove_prefix(piece.size());
        return piece;
    }
    bool is_at_end() const { return is_complete_ && rest_.empty(); }
    bool is_complete() const { return is_complete_; }

  private:
    std::string_view rest_;
    bool is_complete_ = true;
};

void append_hop(std::string& out, const sip::hop& hop) {
    const auto transport = static_cast<unsigned>(hop.remote.transport);
    append_number(out, transport | (hop.remote.ip.is_v4() ? 0 : is_v6), 1);
    append_number(out, hop.listener, 2);
    append_number(out, hop.remote.port, 2);
    const auto bytes = hop.remote.ip.bytes();
    out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (sip::is_reliable(hop.remote.transport)) {
        append_number(out, hop.flow, 8);
    }
}

std::optional<sip::hop> read_hop(reader& from) {
    sip::hop hop;
    const auto kind = static_cast<unsigned>(from.number(1));
    if ((kind & ~is_v6) > static_cast<unsigned>(sip::transport::wss)) {
        return std::nullopt;
    }
    hop.remote.transport = static_cast<sip::transport>(kind & ~is_v6);
    hop.listener = static_cast<sip::listener_id>(from.number(2));
    hop.remote.port = static_cast<std::uint16_t>(from.number(2));
    const auto octets = from.take((kind & is_v6) != 0 ? 16 : 4);
    if (!from.is_complete()) {
        return std::nullopt;
    }
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(octets.data());
    hop.remote.ip = (kind & is_v6) != 0
                        ? geo::ip_address::v6(std::span<const std::uint8_t, 16>(bytes, 16))
                        : geo::ip_address::v4(std::span<const std::uint8_t, 4>(bytes, 4));
    if (sip::is_reliable(hop.remote.transport)) {
        hop.flow = from.number(8);
    }
    return from.is_complete() ? std::optional(hop) : std::nullopt;
}

std::uint64_t sign(
    const crypto::short_mac& key,
    std::string_view payload,
    std::string_view call_id,
    std::string_view tag
) {
    const std::array parts{payload, call_id, tag};
    return key.sign(parts);
}

}  // namespace

dialog_tokens::dialog_tokens(
    const crypto::mac& key, cluster::node_id self, const crypto::mac* previous
)
    : key_(key, "dialog"), self_(self) {
    if (previous != nullptr) {
        previous_.emplace(*previous, "dialog");
    }
}

std::optional<dialog_side> dialog_tokens::sender_of(
    const crypto::short_mac& key,
    std::string_view payload,
    std::uint64_t mac,
    const dialog_tags& call
) const {
    if (mac == sign(key, payload, call.call_id, call.from_tag)) {
        return dialog_side::caller;
    }
    if (!call.to_tag.empty() && mac == sign(key, payload, call.call_id, call.to_tag)) {
        return dialog_side::callee;
    }
    return std::nullopt;
}

void dialog_tokens::append(std::string& out, const dialog_path& path, const dialog_tags& call)
    const {
    append_for(self_, out, path, call);
}

void dialog_tokens::append_for(
    cluster::node_id owner, std::string& out, const dialog_path& path, const dialog_tags& call
) const {
    std::string payload(1, version);
    append_number(payload, (path.caller ? has_caller : 0) | (path.callee ? has_callee : 0), 1);
    append_number(payload, owner.value, 2);
    if (path.caller) {
        append_hop(payload, *path.caller);
    }
    if (path.callee) {
        append_hop(payload, *path.callee);
    }
    append_number(payload, sign(key_, payload, call.call_id, call.from_tag), mac_bytes);
    append_base64(out, payload);
}

std::optional<dialog_tokens::decoded> dialog_tokens::decode(
    std::string_view token, const dialog_tags& call
) const {
    if (token.size() > max_token_bytes) {
        return std::nullopt;
    }
    const auto bytes = decode_base64(token);
    if (!bytes || bytes->size() <= mac_bytes || bytes->front() != version) {
        return std::nullopt;
    }
    const auto payload = std::string_view(*bytes).substr(0, bytes->size() - mac_bytes);
    const auto mac = reader(std::string_view(*bytes).substr(payload.size())).number(mac_bytes);
    auto sender = sender_of(key_, payload, mac, call);
    if (!sender && previous_) {
        sender = sender_of(*previous_, payload, mac, call);
    }
    if (!sender) {
        return std::nullopt;
    }
    decoded out;
    out.sender = *sender;
    reader from(payload);
    from.number(1);
    const auto flags = from.number(1);
    out.owner.value = static_cast<std::uint16_t>(from.number(2));
    if ((flags & has_caller) != 0 && !(out.path.caller = read_hop(from))) {
        return std::nullopt;
    }
    if ((flags & has_callee) != 0 && !(out.path.callee = read_hop(from))) {
        return std::nullopt;
    }
    return from.is_at_end() ? std::optional(out) : std::nullopt;
}

}  // namespace sipha::route
