#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/sip/endpoint.hpp"
#include "proxy/sip/message.hpp"
#include "proxy/sip/outbox.hpp"

/// Small builders and readers that the tests of the proxy share.
namespace sipha::test {

/// Parses "udp:192.0.2.1:5060" or "tcp:[2001:db8::1]:5060"; fails the test on other text.
sip::endpoint at(std::string_view text);
/// A hop through listener 0; `flow` only for connections.
sip::hop hop_to(std::string_view remote, sip::flow_id flow = 0);

/// A request as a phone writes it. Every field may be set; an empty Max-Forwards leaves the line
/// out.
struct request_text {
    std::string method = "INVITE";
    std::string uri = "sip:bob@example.org";
    std::string via = "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-1;rport";
    std::string from = "<sip:alice@example.org>;tag=caller";
    std::string to = "<sip:bob@example.org>";
    std::string call_id = "call-1@192.0.2.10";
    unsigned cseq = 1;
    std::string max_forwards = "70";
    std::vector<std::string> headers{};  ///< complete lines without their CRLF
    std::string body{};

    std::string text() const;
};

/// The response of a UAS to a request as it received it: Via, From, To, Call-ID, CSeq and
/// Record-Route are copied.
/// @param to_tag added to a To that has none, but never to a 100.
/// @param extra complete lines with their CRLF.
std::string response_to(
    std::string_view request,
    int status,
    std::string_view to_tag = "callee",
    std::string_view extra = {}
);

/// A message and the text it is an index over. Fails the test when the text does not parse.
class parsed {
  public:
    explicit parsed(std::string text);
    explicit parsed(const request_text& request) : parsed(request.text()) {}
    parsed(const parsed&) = delete;
    parsed& operator=(const parsed&) = delete;

    const sip::message& operator*() const { return message_; }
    const sip::message* operator->() const { return &message_; }
    const std::string& text() const { return text_; }
    /// All values of a header in order; none when it is absent.
    std::vector<std::string> values(sip::header_id id) const;
    /// The field value of the first header of this kind, or "".
    std::string value(sip::header_id id) const;
    /// The start line without its CRLF.
    std::string start_line() const;

  private:
    std::string text_;
    sip::message message_;
};

/// One message out of an outbox.
struct sent {
    sip::hop to;
    std::uint64_t token = 0;
    std::string text;

    /// "INVITE" or "180": method or status code.
    std::string kind() const;
};

/// Takes all messages out of the outbox.
std::vector<sent> drain(sip::outbox& out);
/// Their kinds joined by spaces: "100 INVITE INVITE".
std::string kinds(const std::vector<sent>& messages);
/// Those of one kind.
std::vector<sent> of_kind(const std::vector<sent>& messages, std::string_view kind);

}  // namespace sipha::test
