#include "proxy/route/forward.hpp"

#include <algorithm>
#include <charconv>

#include "proxy/auth/credentials.hpp"
#include "proxy/sip/text.hpp"
#include "proxy/sip/values.hpp"

namespace sipha::route {

namespace {

/// Removes the leading Route values, and the last one when asked.
void drop_routes(sip::patch& edits, const sip::message& request, const forward_changes& changes) {
    if (!changes.drop_last_route) {
        edits.erase_values(request, sip::header_id::route, {0, changes.drop_routes});
        return;
    }
    // Behind a strict router, which is rare: write what stays anew.
    std::string kept;
    std::size_t index = 0;
    std::string_view last;
    for (const auto value : sip::values_of(request, sip::header_id::route)) {
        if (index++ > changes.drop_routes) {
            kept += kept.empty() ? "Route: " : ", ";
            kept += last;
        }
        last = value;
    }
    edits.erase_all(request, sip::header_id::route);
    if (!kept.empty()) {
        edits.append_headers(kept + "\r\n");
    }
}

void drop_own_credentials(
    sip::patch& edits, const sip::message& request, std::span<const std::string> realms
) {
    for (const auto& field : request.headers()) {
        if (field.id == sip::header_id::proxy_authorization &&
            std::ranges::find(realms, auth::realm_of(field.value)) != realms.end()) {
            edits.erase(field.line);
        }
    }
}

}  // namespace

void append_forwarded(
    std::string& out,
    const sip::message& request,
    const forward_changes& changes,
    sip::patch& scratch
) {
    scratch.reset(request);
    if (!changes.request_uri.empty() && changes.request_uri != request.request_uri()) {
        scratch.replace(request.request_uri(), changes.request_uri);
    }
    scratch.insert_headers_first(changes.first_lines);
    if (!changes.top_via.empty()) {
        auto rest = request.find(sip::header_id::via)->value;
        scratch.replace(*sip::next_value(rest), changes.top_via);
    }
    if (changes.drop_routes > 0 || changes.drop_last_route) {
        drop_routes(scratch, request, changes);
    }
    if (const auto* hops = request.find(sip::header_id::max_forwards)) {
        char digits[4];
        const auto given = sip::parse_uint(hops->value).value_or(70);
        const auto left = given == 0 ? 0 : given - 1;
        const auto end = std::to_chars(digits, digits + sizeof digits, left).ptr;
        scratch.replace(
            hops->value, std::string_view(digits, static_cast<std::size_t>(end - digits))
        );
    } else {
        scratch.append_headers("Max-Forwards: 70\r\n");
    }
    if (!changes.own_realms.empty() &&
        request.find(sip::header_id::proxy_authorization) != nullptr) {
        drop_own_credentials(scratch, request, changes.own_realms);
    }
    if (!changes.last_lines.empty()) {
        scratch.append_headers(changes.last_lines);
    }
    if (changes.add_content_length && request.find(sip::header_id::content_length) == nullptr) {
        scratch.append_headers("Content-Length: " + std::to_string(request.body().size()) + "\r\n");
    }
    scratch.append_to(out);
}

void append_upward(std::string& out, const sip::message& response, sip::patch& scratch) {
    scratch.reset(response);
    scratch.erase_first_value(response, sip::header_id::via);
    scratch.append_to(out);
}

}  // namespace sipha::route
