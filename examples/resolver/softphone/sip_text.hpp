#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// As much of SIP text (RFC 3261 7) as a phone that only answers calls needs.
namespace softphone {

inline constexpr std::size_t max_headers = 128;

/// A request or a response; header names as received.
struct sip_message {
    std::string start_line;
    std::vector<std::pair<std::string, std::string>> headers;

    bool is_request() const { return !start_line.starts_with("SIP/2.0 "); }
    std::string method() const;
    /// 0 for a request.
    int status() const;
    /// First value of a header, long or compact name in any case; empty when absent.
    std::string_view header(std::string_view name) const;
    /// Number at the start of the CSeq header; 0 when absent.
    unsigned cseq() const;
};

/// @returns nothing when the text is no SIP message with the headers every message has.
std::optional<sip_message> parse_message(std::string_view text);

/// Value of a header parameter such as "expires" in `<sip:a@b>;expires=60`; empty when absent.
std::string_view parameter(std::string_view value, std::string_view name);

/// What a reply adds to what it copies from the request.
struct reply_parts {
    std::string status;   ///< "200 OK"
    std::string to_tag;   ///< added when the request has none
    std::string headers;  ///< whole lines, each with CRLF
    std::string body;     ///< application/sdp when not empty
};
/// Builds the response to a request (RFC 3261 8.2.6); Via, From, To, Call-ID, CSeq and
/// Record-Route are copied. @param received address and port the request came from (RFC 3581 4).
std::string make_reply(
    const sip_message& request,
    const std::pair<std::string, unsigned>& received,
    const reply_parts& parts
);

/// Port to which the response to this Via goes: the source port when rport was asked for, else
/// that of sent-by (RFC 3261 18.2.2, RFC 3581 4).
unsigned reply_port(const sip_message& request, unsigned source_port);

}  // namespace softphone
