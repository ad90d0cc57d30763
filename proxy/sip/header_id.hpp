#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sipha::sip {

/// The headers that have a number of their own; every other name is `other`.
enum class header_id : std::uint8_t {
    via,
    from,
    to,
    call_id,
    cseq,
    contact,
    max_forwards,
    route,
    record_route,
    path,
    expires,
    min_expires,
    content_length,
    content_type,
    require,
    proxy_require,
    supported,
    unsupported,
    user_agent,
    authorization,
    www_authenticate,
    proxy_authorization,
    proxy_authenticate,
    allow,
    accept,
    reason,
    retry_after,
    max_breadth,
    subject,
    date,
    event,
    subscription_state,
    allow_events,
    refer_to,
    referred_by,
    replaces,
    session_expires,
    min_se,
    rseq,
    rack,
    server,
    warning,
    timestamp,
    content_encoding,
    accept_contact,
    reject_contact,
    request_disposition,
    identity,
    identity_info,
    service_route,
    flow_timer,
    sip_etag,
    sip_if_match,
    history_info,
    privacy,
    p_asserted_identity,
    other
};

inline constexpr std::size_t header_id_count = static_cast<std::size_t>(header_id::other) + 1;

/// The registered long name, as we write it ("Call-ID"); empty for `other`.
std::string_view to_text(header_id value);
/// Recognises long and compact names without case (RFC 3261 7.3.1, 7.3.3).
header_id parse_header_id(std::string_view name);

}  // namespace sipha::sip
