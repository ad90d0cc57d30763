#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/sip/endpoint.hpp"
#include "proxy/sip/message.hpp"

/// The text of messages as the simulated user agents write and read them.
namespace sipha::sim {

/// What a request says; empty texts are left out.
struct request_text {
    std::string_view method;
    std::string uri;
    sip::endpoint sent_by;
    std::string branch;  ///< without the magic cookie
    std::string from;    ///< whole values with tags
    std::string to;
    std::string call_id;
    std::uint32_t cseq = 1;
    std::string contact;  ///< whole value
    std::string lines;    ///< further complete lines
};
std::string write_request(const request_text& what);

/// A UAS's response (RFC 3261 8.2.6), with Contact and Record-Route when it forms a dialog.
struct response_text {
    int status = 200;
    std::string_view to_tag;
    std::string_view contact;  ///< empty: no dialog is formed
};
std::string write_response(const sip::message& request, const response_text& what);

/// The first value of a header that every valid message has, or an empty view.
std::string_view value_of(const sip::message& message, sip::header_id id);
/// The branch of the top Via; empty when there is none.
std::string_view branch_of(const sip::message& message);
std::uint32_t cseq_of(const sip::message& message);
std::string_view cseq_method_of(const sip::message& message);
/// The URI inside a name-addr value.
std::string_view uri_of(std::string_view name_addr_value);
/// Host and port of a URI that names an address; nothing for a name.
std::optional<sip::endpoint> address_of(std::string_view uri);
/// "<sip:user@198.51.100.1:5060>".
std::string contact_at(std::string_view user, const sip::endpoint& at);

}  // namespace sipha::sim
