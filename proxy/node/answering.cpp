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

void shorten(std::string& response) {
    constexpr std::string_view ending = "Content-Length: 0\r\n\r\n";
    if (response.ends_with(ending)) {
        response.replace(response.size() - ending.size(), ending.size(), "l: 0\r\n\r\n");
    }
}

}  // namespace

std::string node::to_tag(const sip::message& request) const {
    // The same for every response to one request and to its CANCEL, and unguessable.
    const auto via = top_via(request);
    const auto* call_id = request.find(sip::header_id::call_id);
    const std::array parts{
        via ? via->branch : std::string_view(), call_id ? call_id->value : std::string_view()};
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
    const auto via = top_via(what.request);
    const auto with_source = via ? sip::via_with_source(*via, what.from.remote) : std::string();
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
    auto response = compose(what, complete);
    // A final answer to an address that may be forged goes out once and no larger than what came:
    // a transaction would send it up to eleven times.
    if (what.server == 0 || (options.status >= 200 && gate_.is_unproven(what.from))) {
        const auto to = txn::response_hop(what.request, what.from);
        transactions_.abandon(what.server);
        if (!gate_.may_answer(now.mono, to, response.size())) {
            response = compose(what, shortest(complete));
            shorten(response);
            if (!gate_.may_answer(now.mono, to, response.size())) {
                gate_.count_withheld_answer();
                return;
            }
        }
        out.messages.add(to, 0, response);
    } else {
        transactions_.respond(now.mono, what.server, options.status, response, out.messages);
    }
}

}  // namespace sipha::proxy
