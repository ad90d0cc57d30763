#include "proxy/route/loop_hash.hpp"

#include <array>
#include <string>
#include <string_view>

#include "proxy/route/loose_route.hpp"
#include "proxy/sip/cseq.hpp"
#include "proxy/sip/values.hpp"
#include "proxy/sip/via.hpp"

namespace sipha::route {

namespace {

/// The values of one header as one text; a line feed, which no value has at its end, parts them.
std::string joined(const sip::message& request, sip::header_id id) {
    std::string all;
    for (const auto& field : request.headers()) {
        if (field.id == id) {
            all += field.value;
            all += '\n';
        }
    }
    return all;
}

}  // namespace

std::uint64_t loop_hash_of(const sip::message& request, const txn::branch_codec& branches) {
    const auto tags = tags_of(request);
    const auto routes = joined(request, sip::header_id::route);
    const auto credentials = joined(request, sip::header_id::proxy_authorization);
    const auto required = joined(request, sip::header_id::proxy_require);
    const auto cseq = sip::parse_cseq(request.find(sip::header_id::cseq)->value);
    const auto number = std::to_string(cseq ? cseq->number : 0);
    const std::array<std::string_view, 8> parts{
        request.request_uri(),
        routes,
        tags.from_tag,
        tags.to_tag,
        tags.call_id,
        number,
        required,
        credentials};
    return branches.hash_of(parts);
}

bool is_looped(const sip::message& request, std::uint64_t hash, const txn::branch_codec& branches) {
    std::string suffix;
    txn::branch_codec::append_loop_hash(suffix, hash);
    for (const auto value : sip::values_of(request, sip::header_id::via)) {
        // Most Vias have nothing of the kind, so the full reading waits for a likely one.
        if (value.find(suffix) == std::string_view::npos) {
            continue;
        }
        const auto via = sip::parse_via(value);
        if (via && via->branch.ends_with(suffix) && branches.decode(via->branch)) {
            return true;
        }
    }
    return false;
}

}  // namespace sipha::route
