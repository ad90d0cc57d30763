#include <algorithm>
#include <utility>

#include "proxy/sip/fields.hpp"
#include "proxy/sip/message.hpp"

namespace sipha::sip {

namespace {

constexpr validation good{};
constexpr std::uint32_t max_max_forwards = 255;  // RFC 3261 20.22

validation bad(std::string_view reason) {
    return {400, reason};
}

/// How the faults of one mandatory single header are called.
struct fault_names {
    std::string_view missing;
    std::string_view repeated;
    std::string_view malformed;
};

bool is_call_id(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return !is_control(c) && c != ' ' && !is_utf8_octet(c);
    });
}

bool is_well_formed(const header& field) {
    switch (field.id) {
        case header_id::from:
        case header_id::to:
            return parse_name_addr(field.value).has_value();
        case header_id::call_id:
            return is_call_id(field.value);
        case header_id::cseq:
            return parse_cseq(field.value).has_value();
        case header_id::max_forwards:
            return parse_uint(field.value).value_or(max_max_forwards + 1) <= max_max_forwards;
        default:
            return true;
    }
}

/// RFC 3261 8.1.1: exactly one, and it can be read.
validation check_single(const message& checked, header_id id, const fault_names& names) {
    const auto* const field = checked.find(id);
    if (field == nullptr) {
        return names.missing.empty() ? good : bad(names.missing);
    }
    if (checked.find(id, 1) != nullptr) {
        return bad(names.repeated);
    }
    return is_well_formed(*field) ? good : bad(names.malformed);
}

template <class Parser>
bool are_values_good(const message& checked, header_id id, Parser parse) {
    for (const auto value : values_of(checked, id)) {
        if (!parse(value)) {
            return false;
        }
    }
    // A trailing comma promises a value that is not there.
    return std::none_of(checked.headers().begin(), checked.headers().end(), [id](const header& f) {
        return f.id == id && (f.value.empty() || f.value.back() == ',');
    });
}

validation check_vias(const message& checked) {
    if (checked.find(header_id::via) == nullptr) {
        return bad("Missing Via");
    }
    // The topmost Via of a request is given `received` (RFC 3261 18.2.1), and must be readable
    // then.
    auto most = checked.is_request() ? max_parameters - 1 : max_parameters;
    const bool is_good = are_values_good(checked, header_id::via, [&most](std::string_view value) {
        const auto via = parse_via(value);
        return via && via->parameter_count <= std::exchange(most, max_parameters);
    });
    return is_good ? good : bad("Malformed Via");
}

validation check_content_length(const message& checked) {
    switch (checked.content_length().state()) {
        case content_length_state::absent:
        case content_length_state::valid:
            return good;
        case content_length_state::malformed:
            return bad("Malformed Content-Length");
        case content_length_state::repeated:
        case content_length_state::conflicting:
            break;
    }
    return bad("Repeated Content-Length");
}

validation check_request_uri(const message& request) {
    const auto target = parse_uri(request.request_uri());
    if (!target) {
        return bad("Malformed Request-URI");
    }
    if (!target->is_sip()) {
        return {416, "Unsupported URI Scheme"};  // RFC 3261 16.3 step 2
    }
    // RFC 3261 19.1.1: headers and the method parameter's header form do not belong here; RFC 4475
    // 3.1.2.11 suggests the 400.
    return target->headers.empty() ? good : bad("Headers in Request-URI");
}

bool is_route(std::string_view value) {
    const auto route = parse_name_addr(value);
    return route && parse_uri(route->uri).has_value();
}

bool is_contact(std::string_view value) {
    if (value == "*") {
        return true;
    }
    const auto contact = parse_name_addr(value);
    return contact && parse_uri(contact->uri).has_value();
}

validation check_request(const message& request) {
    if (parse_cseq(request.find(header_id::cseq)->value)->method_text != request.method_text()) {
        return bad("CSeq Method Does Not Match");  // RFC 3261 8.1.1.5
    }
    if (const auto verdict = check_request_uri(request); verdict.status != 0) {
        return verdict;
    }
    if (!are_values_good(request, header_id::route, is_route)) {
        return bad("Malformed Route");
    }
    if (request.method() == method::register_ &&
        !are_values_good(request, header_id::contact, is_contact)) {
        return bad("Malformed Contact");
    }
    return good;
}

}  // namespace

validation validate(const message& checked) {
    if (!equal_ignoring_case(checked.version(), "SIP/2.0")) {
        return {505, "Version Not Supported"};  // RFC 3261 21.5.6
    }
    if (!checked.start_line_is_exact()) {
        return bad("Malformed Request-Line");
    }
    struct rule {
        header_id id;
        fault_names names;
    };
    static constexpr rule rules[] = {
        {header_id::from, {"Missing From", "Repeated From", "Malformed From"}},
        {header_id::to, {"Missing To", "Repeated To", "Malformed To"}},
        {header_id::call_id, {"Missing Call-ID", "Repeated Call-ID", "Malformed Call-ID"}},
        {header_id::cseq, {"Missing CSeq", "Repeated CSeq", "Malformed CSeq"}},
        {header_id::max_forwards, {"", "Repeated Max-Forwards", "Malformed Max-Forwards"}},
    };
    if (const auto verdict = check_vias(checked); verdict.status != 0) {
        return verdict;
    }
    for (const auto& [id, names] : rules) {
        if (const auto verdict = check_single(checked, id, names); verdict.status != 0) {
            return verdict;
        }
    }
    if (const auto verdict = check_content_length(checked); verdict.status != 0) {
        return verdict;
    }
    return checked.is_request() ? check_request(checked) : good;
}

}  // namespace sipha::sip
