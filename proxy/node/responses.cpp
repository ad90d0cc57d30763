// What belongs to an earlier request: responses, the ACK of a 2xx, CANCEL.
#include <algorithm>

#include "proxy/node/node.hpp"
#include "proxy/node/request_facts.hpp"

namespace sipha::proxy {

void node::on_response(
    timing::instant now, const sip::message& response, const sip::hop& from, effects& out
) {
    const auto matched = transactions_.on_response(now.mono, response, out.messages);
    switch (matched.what) {
        case txn::table::match::pass_up:
            relay_.on_response(now.mono, matched, response, to_relay(out));
            break;
        case txn::table::match::absorbed:
            break;
        case txn::table::match::unknown:
            ++counters_.dropped_stray_response;
            break;
        case txn::table::match::foreign_node:
            hand_over(response, from, cluster::node_id{matched.branch.node}, out);
            break;
        case txn::table::match::forged:
            ++counters_.dropped_forged_response;
            break;
    }
}

void node::hand_over(
    const sip::message& response, const sip::hop& from, cluster::node_id owner, effects& out
) {
    // A shared address may bring the answer to another node than the one that asked. Its branch
    // names the owner and is signed, so it goes there as it is (RFC 3261 18.1.2 matches by branch).
    const auto& peers = options_.peer_sip;
    const bool is_from_peer = std::any_of(peers.begin(), peers.end(), [&](const auto& one) {
        return one.second.ip == from.remote.ip;
    });
    const auto peer = peers.find(owner);
    const auto listener = peer == peers.end() ? std::nullopt : us_.listener_for(peer->second);
    // Nodes whose configurations disagree must not play ball with it: one hand-over is enough.
    if (is_from_peer || !listener || !cluster_.is_alive(owner)) {
        ++counters_.dropped_foreign_response;
        return;
    }
    ++counters_.handed_over_responses;
    out.messages.add({*listener, peer->second, 0}, 0, response.bytes());
}

void node::on_ack(timing::instant now, const arrival& ack, effects& out) {
    // RFC 3261 16 and 13.2.2.4: the ACK of a 2xx goes end to end, along the dialog only.
    const auto routes = route::read_routes(ack.request, us_, tokens_);
    if (!routes || !routes->token) {
        ++counters_.dropped_stray_ack;
        return;
    }
    if (has_no_hops_left(ack.request)) {
        ++counters_.dropped_exhausted_ack;  // RFC 3261 16.3 step 3, and an ACK has no answer
        return;
    }
    forward(
        now,
        {ack.request, ack.from, 0},
        *routes,
        policy_.decide(now.mono, ack.request, *routes, class_of(ack)),
        out
    );
}

void node::on_cancel(timing::instant now, const arrival& cancel, effects& out) {
    // RFC 3261 16.10 and 9.2: answered at once; the INVITE gets its own final response. The To tag
    // comes out equal to that of the INVITE's responses, because both requests share the branch.
    const auto invite = transactions_.find_cancelled(cancel.request);
    sip::response_options options;
    options.status = invite == 0 ? 481 : 200;
    answer(now, cancel, options, out);
    if (invite != 0) {
        std::string reason_lines;  // RFC 3326 2: goes on with our CANCELs
        for (const auto& field : cancel.request.headers()) {
            if (field.id == sip::header_id::reason) {
                reason_lines += field.line;
            }
        }
        relay_.on_cancel(now.mono, transactions_.owner_of(invite), reason_lines, to_relay(out));
    }
}

}  // namespace sipha::proxy
