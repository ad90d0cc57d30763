#include "proxy/state/registration_codec.hpp"

#include <algorithm>

#include "proxy/state/registration.pb.h"

namespace sipha::state {

namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

std::string octets(const geo::ip_address& ip) {
    const auto bytes = ip.bytes();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::optional<sip::endpoint> decode_endpoint(
    std::uint32_t transport, const std::string& ip, std::uint32_t port
) {
    if (transport > static_cast<std::uint32_t>(sip::transport::wss) || port > 65535) {
        return std::nullopt;
    }
    sip::endpoint endpoint{
        static_cast<sip::transport>(transport), {}, static_cast<std::uint16_t>(port)};
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(ip.data());
    if (ip.size() == 4) {
        endpoint.ip = geo::ip_address::v4(std::span<const std::uint8_t, 4>(bytes, 4));
    } else if (ip.size() == 16) {
        endpoint.ip = geo::ip_address::v6(std::span<const std::uint8_t, 16>(bytes, 16));
    } else {
        return std::nullopt;
    }
    return endpoint;
}

bool texts_fit(const wire::registration& message, std::size_t limit) {
    return !message.aor().empty() && !message.key().empty() && !message.call_id().empty() &&
           message.aor().size() <= limit && message.key().size() <= limit &&
           message.call_id().size() <= limit && message.contact().size() <= limit &&
           message.user_agent().size() <= limit;
}

}  // namespace

std::string encode_registration(
    const binding& of, const binding_entry& entry, timing::time_point now
) {
    wire::registration message;
    message.set_aor(of.aor);
    message.set_key(of.key);
    message.set_call_id(entry.version.call_id);
    message.set_cseq(entry.version.cseq);
    message.set_hlc(entry.version.hlc);
    message.set_origin(entry.version.origin.value);
    const auto left = (entry.is_removed ? entry.forget_at : entry.value.expires_at) - now;
    const auto left_ms = duration_cast<milliseconds>(left).count();
    message.set_remaining_ms(entry.is_removed ? std::min<std::int64_t>(-left_ms, 0) : left_ms);
    message.set_contact(entry.value.contact);
    message.set_q_thousandths(entry.value.q_thousandths);
    message.set_user_agent(entry.value.user_agent);
    message.set_transport(static_cast<std::uint32_t>(entry.value.source.transport));
    message.set_source_ip(octets(entry.value.source.ip));
    message.set_source_port(entry.value.source.port);
    message.set_flow(entry.value.flow);
    message.set_local_transport(static_cast<std::uint32_t>(entry.value.local.transport));
    message.set_local_ip(octets(entry.value.local.ip));
    message.set_local_port(entry.value.local.port);
    message.set_reach(static_cast<std::uint32_t>(entry.value.reach));
    return message.SerializeAsString();
}

std::optional<decoded_registration> decode_registration(
    std::string_view payload, const registration_limits& limits, timing::time_point now
) {
    wire::registration message;
    if (!message.ParseFromArray(payload.data(), static_cast<int>(payload.size())) ||
        !texts_fit(message, limits.max_text_bytes) || message.q_thousandths() > 1000 ||
        message.hlc() >> 63 != 0 || message.origin() == 0 || message.origin() > 65535 ||
        message.reach() > 1) {
        return std::nullopt;
    }
    const auto source =
        decode_endpoint(message.transport(), message.source_ip(), message.source_port());
    const auto local =
        decode_endpoint(message.local_transport(), message.local_ip(), message.local_port());
    if (!source || !local) {
        return std::nullopt;
    }
    decoded_registration decoded;
    decoded.aor = message.aor();
    decoded.key = message.key();
    auto& entry = decoded.entry;
    entry.version.call_id = message.call_id();
    entry.version.cseq = message.cseq();
    entry.version.hlc = message.hlc();
    entry.version.origin.value = static_cast<std::uint16_t>(message.origin());
    const std::int64_t cap = duration_cast<milliseconds>(limits.max_lifetime).count();
    const milliseconds left(std::clamp<std::int64_t>(message.remaining_ms(), -cap, cap));
    entry.is_removed = left.count() <= 0;
    if (entry.is_removed) {
        entry.forget_at = now - left;
    } else {
        entry.value.expires_at = now + left;
    }
    entry.value.contact = message.contact();
    entry.value.q_thousandths = static_cast<std::uint16_t>(message.q_thousandths());
    entry.value.user_agent = message.user_agent();
    entry.value.source = *source;
    entry.value.local = *local;
    entry.value.flow = message.flow();
    entry.value.reach = static_cast<reach>(message.reach());
    return decoded;
}

}  // namespace sipha::state
