// Responses that this node makes itself.
#include <array>

#include "proxy/node/node.hpp"
#include "proxy/node/request_facts.hpp"

namespace sipha::proxy {

namespace {

/// An answer to who may not be who it seems to be leaves out what it can: in a 2xx the lists that
/// RFC 3261 11.2 only recommends.
sip::response_options shortest(sip::response_options options) {
    if (options.status < 300) {
        options.extra_headers = {};
    }
    options.reason = {};
    return options;
}

/// The compact names of RFC 3261 7.3.3 in the lines that every response has.
void shorten(std::string& response) {
    struct pair {
        std::string_view line;
        std::string_view compact;
    };
    static constexpr pair pairs[] = {
        {"\r\nVia: ", "\r\nv: "},
        {"\r\nFrom: ", "\r\nf: "},
        {"\r\nTo: ", "\r\nt: "},
        {"\r\nCall-ID: ", "\r\ni: "},
        {"\r\nContent-Length: ", "\r\nl: "},
    };
    for (const auto& [line, compact] : pairs) {
        if (const auto at = response.find(line); at != std::string::npos) {
            response.replace(at, line.size(), compact);
        }
    }
}

}  // namespace

std::string node::to_tag(const sip::message& request) const {
    // The same for every response to one request and to its CANCEL, and unguessable.
    const auto* const via = request.top_via();
    const auto* call_id = request.find(sip::header_id::call_id);
    const std::array parts{
        via != nullptr ? via->branch : std::string_view(),
        call_id ? call_id->value : std::string_view()};
    constexpr char digits[] = "0123456789abcdef";
    auto number = tag_key_.sign(parts);
    std::string tag;
    for (int i = 0; i < 16; ++i, number >>= 4) {
        tag += digits[number & 0xf];
    }
    return tag;
}

std::string node::compose(const arrival& what, sip::response_options options) const {
    const auto tag = to_tag(what.request);
    const auto* const via = what.request.top_via();
    const auto with_source =
        via != nullptr ? sip::via_with_source(*via, what.from.remote) : std::string();
    options.to_tag = tag;
    options.top_via = with_source;
    std::string response;
    sip::append_response(response, what.request, options);
    return response;
}

void node::answer(
    timing::instant now, const arrival& what, const sip::response_options& options, effects& out
) {
    counters_.refused += options.status >= 400 ? 1u : 0u;
    std::string with_delay;
    auto complete = options;
    if (options.status == 503 && options.extra_headers.empty()) {
        // RFC 3261 21.5.4: without Retry-After it would count as a 500, and servers behind us would
        // not be asked again for a while of their own choice.
        with_delay = "Retry-After: " + std::to_string(gate_.retry_after()) + "\r\n";
        complete.extra_headers = with_delay;
    }
    if (options.status >= 200 && gate_.is_unproven(what.from)) {
        answer_unproven(now, what, complete, out);
        return;
    }
    const auto response = compose(what, complete);
    if (what.server == 0) {
        out.messages.add(txn::response_hop(what.request, what.from), 0, response);
    } else {
        transactions_.respond(now.mono, what.server, options.status, response, out.messages);
    }
}

void node::answer_unproven(
    timing::instant now, const arrival& what, const sip::response_options& options, effects& out
) {
    // The address may be forged, so what goes there is no more than what came.
    const auto to = txn::response_hop(what.request, what.from);
    auto response = compose(what, options);
    bool may_go = gate_.may_answer(now.mono, to, response.size());
    if (!may_go) {
        response = compose(what, shortest(options));
        shorten(response);
        may_go = gate_.may_answer(now.mono, to, response.size());
    }
    if (!may_go) {
        gate_.count_withheld_answer();
        transactions_.abandon(what.server);
    } else if (what.server != 0 && what.request.method() != sip::method::invite) {
        transactions_.respond(now.mono, what.server, options.status, response, out.messages);
    } else {
        // The transaction of an INVITE would repeat it up to ten times by itself (RFC 3261 17.2.1).
        transactions_.abandon(what.server);
        out.messages.add(to, 0, response);
    }
}

}  // namespace sipha::proxy
