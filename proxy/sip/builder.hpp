#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/sip/message.hpp"

namespace sipha::sip {

/// Whether the request's Record-Route goes into the response: a UAS copies it into 101..299
/// responses that create a dialog (RFC 3261 12.1.1), and nowhere else.
enum class record_route_copy : std::uint8_t { omit, copy };

/// What a response says beyond what it copies from the request.
struct response_options {
    int status = 0;                       ///< 100..699
    std::string_view reason = {};         ///< empty: `default_reason(status)`
    std::string_view to_tag = {};         ///< for a To without one; unused when status is 100
    std::string_view extra_headers = {};  ///< complete lines with CRLF; Content-Type goes here
    std::string_view top_via = {};        ///< replaces the first Via value when not empty
    record_route_copy record_route = record_route_copy::omit;
    std::string_view body = {};
};

/// Appends a response to `request` (RFC 3261 8.2.6.2): all Via in order, From, To, Call-ID, CSeq as
/// received, Timestamp in a 100 (8.2.6.1), Content-Length. Works for requests that failed
/// `validate` too: what is missing is left out, what is repeated is copied once.
void append_response(std::string& out, const message& request, const response_options& options);

/// "Ringing", "Not Found", ... (RFC 3261 21 and the IANA registry); for an unknown status the name
/// of its class.
std::string_view default_reason(int status);

/// Appends the ACK for a non-2xx final response (RFC 3261 17.1.1.3).
/// @param sent_invite the INVITE as it was sent, our Via on top.
/// @param to_value the To value of the response.
void append_ack_for_failure(
    std::string& out, const message& sent_invite, std::string_view to_value
);
/// Appends the CANCEL of a request (RFC 3261 9.1).
/// @param sent_invite the request as it was sent, our Via on top.
/// @param reason_header_line a complete Reason line with CRLF (RFC 3326), or empty.
void append_cancel(
    std::string& out, const message& sent_invite, std::string_view reason_header_line
);

}  // namespace sipha::sip
