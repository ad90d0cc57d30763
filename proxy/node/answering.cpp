// Responses that this node makes itself.
#include <array>

#include "proxy/node/node.hpp"
#include "proxy/node/request_facts.hpp"

namespace sipha::proxy {

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
    const auto response = compose(what, options);
    if (what.server == 0) {
        out.messages.add(txn::response_hop(what.request, what.from), 0, response);
    } else {
        transactions_.respond(now.mono, what.server, options.status, response, out.messages);
    }
}

}  // namespace sipha::proxy
