#include "proxy/txn/keys.hpp"

#include <array>
#include <charconv>
#include <concepts>

#include "proxy/txn/ascii.hpp"
#include "proxy/txn/branch.hpp"

namespace sipha::txn {

namespace {

/// Fields carry their length in front, so that no choice of bytes makes two lists of fields equal.
void append_number(std::string& out, std::unsigned_integral auto number) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
    out += ':';
}

void append_exact(std::string& out, std::string_view field) {
    append_number(out, field.size());
    out += field;
}

void append_lower(std::string& out, std::string_view field) {
    append_number(out, field.size());
    for (const char c : field) {
        out += to_lower(c);
    }
}

std::string_view build(const request_fields& request, std::string_view method, std::string& out) {
    out.clear();
    if (is_rfc3261_branch(request.branch)) {
        out += 'b';
        append_lower(out, request.branch);
        append_lower(out, request.sent_by_host);
        append_number(out, request.sent_by_port);
        append_exact(out, method);
        return out;
    }
    out += 'o';
    append_exact(out, method);
    append_exact(out, request.call_id);
    append_number(out, request.cseq);
    append_exact(out, request.from_tag);
    if (method != "INVITE") {
        // RFC 3261 17.2.3: the To tag of an ACK is that of the response, not of the INVITE, so it
        // cannot be part of the key that both share.
        append_exact(out, request.to_tag);
    }
    append_exact(out, request.request_uri);
    append_exact(out, request.top_via);
    return out;
}

}  // namespace

bool is_rfc3261_branch(std::string_view branch) {
    constexpr auto cookie = branch_codec::magic_cookie;
    return branch.size() > cookie.size() && starts_with_ignoring_case(branch, cookie);
}

std::string_view server_key(const request_fields& request, std::string& out) {
    return build(request, request.method == "ACK" ? "INVITE" : request.method, out);
}

std::string_view cancelled_invite_key(const request_fields& cancel, std::string& out) {
    return build(cancel, "INVITE", out);
}

std::string_view merge_key(
    std::string_view from_tag, std::string_view call_id, std::string_view cseq, std::string& out
) {
    out.clear();
    append_exact(out, from_tag);
    append_exact(out, call_id);
    out += cseq;
    return out;
}

}  // namespace sipha::txn
