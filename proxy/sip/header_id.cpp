#include "proxy/sip/header_id.hpp"

#include <array>

#include "proxy/sip/text.hpp"

namespace sipha::sip {

namespace {

constexpr std::array<std::string_view, header_id_count> names = {
    "Via",
    "From",
    "To",
    "Call-ID",
    "CSeq",
    "Contact",
    "Max-Forwards",
    "Route",
    "Record-Route",
    "Path",
    "Expires",
    "Min-Expires",
    "Content-Length",
    "Content-Type",
    "Require",
    "Proxy-Require",
    "Supported",
    "Unsupported",
    "User-Agent",
    "Authorization",
    "WWW-Authenticate",
    "Proxy-Authorization",
    "Proxy-Authenticate",
    "Allow",
    "Accept",
    "Reason",
    "Retry-After",
    "Max-Breadth",
    "Subject",
    "Date",
    "Event",
    "Subscription-State",
    "Allow-Events",
    "Refer-To",
    "Referred-By",
    "Replaces",
    "Session-Expires",
    "Min-SE",
    "RSeq",
    "RAck",
    "Server",
    "Warning",
    "Timestamp",
    "Content-Encoding",
    "Accept-Contact",
    "Reject-Contact",
    "Request-Disposition",
    "Identity",
    "Identity-Info",
    "Service-Route",
    "Flow-Timer",
    "SIP-ETag",
    "SIP-If-Match",
    "History-Info",
    "Privacy",
    "P-Asserted-Identity",
    "",
};
constexpr std::size_t longest_name = 19;

/// The ids ordered by the length of their names, so that a look-up compares only names of equal
/// length.
struct length_index {
    std::array<header_id, header_id_count> ids{};
    std::array<std::uint8_t, longest_name + 2> start{};  ///< of each length; the last is the end
};

constexpr length_index make_index() {
    length_index index;
    std::size_t used = 0;
    for (std::size_t length = 0; length <= longest_name; ++length) {
        index.start[length] = static_cast<std::uint8_t>(used);
        for (std::size_t id = 0; id + 1 < names.size(); ++id) {
            if (names[id].size() == length) {
                index.ids[used++] = static_cast<header_id>(id);
            }
        }
    }
    index.start[longest_name + 1] = static_cast<std::uint8_t>(used);
    return index;
}
constexpr auto by_length = make_index();
static_assert(by_length.start[longest_name + 1] + 1 == names.size(), "longest_name is too short");

header_id parse_compact(char letter) {
    // RFC 3261 7.3.3 and the later registrations of RFC 3265, 3515, 3841, 3892, 4028, 4474.
    switch (lower(letter)) {
        case 'a':
            return header_id::accept_contact;
        case 'b':
            return header_id::referred_by;
        case 'c':
            return header_id::content_type;
        case 'd':
            return header_id::request_disposition;
        case 'e':
            return header_id::content_encoding;
        case 'f':
            return header_id::from;
        case 'i':
            return header_id::call_id;
        case 'j':
            return header_id::reject_contact;
        case 'k':
            return header_id::supported;
        case 'l':
            return header_id::content_length;
        case 'm':
            return header_id::contact;
        case 'n':
            return header_id::identity_info;
        case 'o':
            return header_id::event;
        case 'r':
            return header_id::refer_to;
        case 's':
            return header_id::subject;
        case 't':
            return header_id::to;
        case 'u':
            return header_id::allow_events;
        case 'v':
            return header_id::via;
        case 'x':
            return header_id::session_expires;
        case 'y':
            return header_id::identity;
        default:
            return header_id::other;
    }
}

}  // namespace

std::string_view to_text(header_id value) {
    return names[static_cast<std::size_t>(value)];
}

header_id parse_header_id(std::string_view name) {
    if (name.size() == 1) {
        return parse_compact(name.front());
    }
    if (name.empty() || name.size() > longest_name) {
        return header_id::other;
    }
    for (auto i = by_length.start[name.size()]; i < by_length.start[name.size() + 1]; ++i) {
        if (equal_ignoring_case(to_text(by_length.ids[i]), name)) {
            return by_length.ids[i];
        }
    }
    return header_id::other;
}

}  // namespace sipha::sip
