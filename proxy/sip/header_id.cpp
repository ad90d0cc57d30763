#include "proxy/sip/header_id.hpp"

#include <array>
#include <cstdint>

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
/// A number from a few letters of a name in any case, with which no two names of ours meet.
constexpr std::uint8_t slot_of(std::string_view name) {
    const auto letter = [](char c) { return static_cast<unsigned char>(lower(c)); };
    return static_cast<std::uint8_t>(
        name.size() + 24u * letter(name.front()) + 5u * letter(name.back()) +
        letter(name[name.size() / 2])
    );
}

constexpr std::array<header_id, 256> make_slots() {
    std::array<header_id, 256> slots{};
    slots.fill(header_id::other);
    for (std::size_t id = 0; id + 1 < names.size(); ++id) {
        slots[slot_of(names[id])] = static_cast<header_id>(id);
    }
    return slots;
}
constexpr auto slots = make_slots();

constexpr bool every_name_has_its_slot() {
    for (std::size_t id = 0; id + 1 < names.size(); ++id) {
        if (slots[slot_of(names[id])] != static_cast<header_id>(id)) {
            return false;
        }
    }
    return true;
}
static_assert(every_name_has_its_slot(), "two names meet: choose other factors in slot_of");

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
    if (name.empty()) {
        return header_id::other;
    }
    const auto found = slots[slot_of(name)];
    const auto known = to_text(found);
    return known == name || equal_ignoring_case(known, name) ? found : header_id::other;
}

}  // namespace sipha::sip
