#include "proxy/route/relay.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "proxy/route/loop_hash.hpp"
#include "proxy/route/request_uri.hpp"
#include "proxy/sip/text.hpp"

namespace sipha::route {

namespace {

using state = relay_branch::state;

/// RFC 5393 5.3.3. What cannot be read counts as absent and is written anew.
std::uint32_t breadth_of(const sip::message& request, std::uint32_t otherwise) {
    const auto* given = request.find(sip::header_id::max_breadth);
    return given == nullptr ? otherwise : sip::parse_uint(given->value).value_or(otherwise);
}

}  // namespace

relay::relay(relay_options options, parts with)
    : options_(options), with_(with), writer_(with.us, with.tokens) {}

void relay::start(timing::time_point now, order what, relay_output out) {
    assert(!what.targets.empty());
    response_context context;
    context.server = what.server;
    context.method = what.request.method();
    context.request = what.request.bytes();
    context.from = what.from;
    context.to_tag = what.to_tag;
    context.is_server_alive = what.server != 0;
    context.watched = with_.calls == nullptr ? 0 : what.watched;
    context.forms_dialog =
        tags_of(what.request).to_tag.empty() &&
        (context.method == sip::method::invite || context.method == sip::method::subscribe ||
         context.method == sip::method::refer);
    if (what.is_caller_flow) {
        context.path.caller = what.from;
    }
    context.breadth = breadth_of(what.request, options_.default_breadth);
    if (what.targets.size() > options_.max_branches) {
        counters_.left_out_targets += what.targets.size() - options_.max_branches;
    }
    // More targets than branches may be kept: flows of one phone replace each other.
    for (auto& target : what.targets) {
        const auto at = target_set::order_of(target);
        context.waiting.add(std::move(target), at);
    }
    const auto which = contexts_.add(std::move(context));
    if (which == 0) {
        ++counters_.dropped_overload;
        if (with_.calls != nullptr && what.watched != 0) {
            with_.calls->request_failed(now, what.watched, 503);
            with_.calls->request_done(what.watched);
        }
        return;
    }
    if (what.server != 0) {
        with_.transactions.set_owner(what.server, which);
        ++counters_.requests;
    }
    parsed_for_ = which;
    parsed_ = {&what.request, &what.routes};
    if (admit(now, which, what, out)) {
        start_targets(now, which, out);
    }
    parsed_for_ = 0;
    if (contexts_.find(which) != nullptr) {
        release(which);
    }
}

/// RFC 5393: a request that only loops, or may not spread as far as it must, goes no further.
bool relay::admit(
    timing::time_point now, context_handle which, const order& what, relay_output out
) {
    auto& context = *contexts_.find(which);
    int refusal = 0;
    if (context.waiting.size() > 1) {
        // RFC 5393 4.2: who forks must look. Others cannot multiply anything.
        context.loop_hash = loop_hash_of(what.request, with_.transactions.branches());
        context.has_loop_hash = true;
        if (is_looped(what.request, context.loop_hash, with_.transactions.branches())) {
            refusal = 482;
            ++counters_.loops;
        }
    }
    const auto at_once = context.waiting.ready(tried_branches(context), options_.max_branches);
    const bool is_too_broad =
        context.breadth == 0 ||
        (options_.excess == relay_options::excess_breadth::refuse && at_once > context.breadth);
    if (refusal == 0 && is_too_broad) {
        refusal = 440;
        ++counters_.too_broad;
    }
    if (refusal == 0) {
        return true;
    }
    context.settle();
    context.best.offer(refusal);
    send_best(now, which, out);
    return false;
}

relay::parsed_request relay::request_of(context_handle which) {
    if (parsed_for_ == which) {
        return parsed_;
    }
    [[maybe_unused]] const auto error = sip::parse_message(contexts_.find(which)->request, again_);
    assert(!error);
    again_routes_ = read_routes(again_, with_.us, with_.tokens);
    assert(again_routes_);
    return {&again_, &*again_routes_};
}

void relay::start_targets(timing::time_point now, context_handle which, relay_output out) {
    for (auto* context = contexts_.find(which); context != nullptr;
         context = contexts_.find(which)) {
        const auto free = context->free_breadth();
        const tried_branches tried(*context);
        const auto position = context->waiting.next(tried);
        if (context->is_settled || !position || free == 0) {
            return;
        }
        if (context->branches.size() >= options_.max_branches) {
            context->waiting.clear();
            if (!context->is_any_open() && !context->is_final_sent) {
                send_best(now, which, out);
            }
            return;
        }
        // RFC 5393 5.3.3: the shares of what is pending never exceed what came in.
        const auto room = options_.max_branches - context->branches.size();
        const auto together = std::max<std::size_t>(context->waiting.ready(tried, room), 1);
        auto next = context->waiting.take(*position);
        relay_branch branch;
        branch.target = std::move(next.what);
        branch.order = next.at;
        branch.breadth = std::max<std::uint32_t>(free / static_cast<std::uint32_t>(together), 1);
        context->branches.push_back(std::move(branch));
        try_next(now, which, context->branches.size() - 1, out);
    }
}

/// RFC 3263 4.3 and RFC 3261 21.5.4: who failed lately is tried last.
void relay::avoid_failed_hops(timing::time_point now, relay_branch& branch) {
    auto& hops = branch.target.next_hops;
    if (penalties_.is_empty() || hops.size() - branch.next < 2) {
        return;
    }
    std::stable_partition(
        hops.begin() + static_cast<std::ptrdiff_t>(branch.next),
        hops.end(),
        [&](const next_hop& one) { return !one.hop || !penalties_.contains(now, one.hop->remote); }
    );
}

void relay::try_next(
    timing::time_point now, context_handle which, std::size_t index, relay_output out
) {
    auto& branch = contexts_.find(which)->branches[index];
    auto& hops = branch.target.next_hops;
    avoid_failed_hops(now, branch);
    while (branch.next < hops.size()) {
        const auto hop = hops[branch.next++];
        if (!hop.hop) {
            branch.at = state::locating;
            branch.query = next_query_++;
            queries_.emplace(branch.query, std::pair(which, index));
            out.lookups.push_back({branch.query, hop.uri});
            return;
        }
        if (send_copy(now, which, index, *hop.hop, out)) {
            return;
        }
    }
    // RFC 3261 16.9: nothing could be reached, as if the branch had answered 503.
    finish_branch(now, which, index, branch.status != 0 ? branch.status : 503, out);
}

bool relay::send_copy(
    timing::time_point now,
    context_handle which,
    std::size_t index,
    const sip::hop& to,
    relay_output out
) {
    auto& context = *contexts_.find(which);
    auto& branch = context.branches[index];
    if (with_.us.is_listener(to.remote)) {
        // It would come straight back to us (RFC 5393 asks for a stop before Max-Forwards does).
        branch.status = 482;
        return false;
    }
    const auto [request, routes] = request_of(which);
    const auto uri =
        branch.target.request_uri.empty() ? routes->request_uri : branch.target.request_uri;
    if (is_sips_uri(uri) && to.remote.transport != sip::transport::tls &&
        to.remote.transport != sip::transport::wss) {
        branch.status = 480;  // RFC 3261 26.2.2: sips is never sent without TLS
        return false;
    }
    dialog_path path = context.path;
    if (branch.target.is_phone_flow) {
        path.callee = to;
    }
    std::string branch_text;
    if (context.method != sip::method::ack) {
        branch.client = with_.transactions.reserve(context.method, which);
        if (branch.client == 0) {
            ++counters_.dropped_overload;
            return false;
        }
        ++context.live_clients;
        with_.transactions.append_branch(branch_text, branch.client);
        if (context.has_loop_hash) {
            txn::branch_codec::append_loop_hash(branch_text, context.loop_hash);
        }
    } else {
        // RFC 3261 16.11 without its hash: nothing answers an ACK, so no response must find its
        // way.
        with_.transactions.append_branch(branch_text, next_ack_++);
    }
    scratch_.clear();
    writer_.append(
        scratch_,
        {*request,
         *routes,
         context.from,
         to,
         branch.target.request_uri,
         branch.target.route_lines,
         branch_text,
         context.forms_dialog ? &path : nullptr,
         branch.breadth}
    );
    if (scratch_.empty()) {
        // More edits than a patch holds; max_routes keeps requests well below that.
        with_.transactions.abandon_client(branch.client);
        branch.status = 513;
        return false;
    }
    if (context.method == sip::method::ack) {
        out.messages.add(to, 0, scratch_);
        ++counters_.acks;
        branch.at = state::done;
        return true;
    }
    branch.at = state::trying;
    branch.remote = to.remote;
    branch.is_answered = false;
    if (context.method == sip::method::invite) {
        branch.limit = now + options_.timer_c;
    }
    if (context.watched != 0) {
        with_.calls->copy_sent(now, context.watched, to);
    }
    with_.transactions.start(now, branch.client, to, scratch_, out.messages);
    arm(which);
    return true;
}

void relay::on_located(
    timing::time_point now,
    std::uint64_t query,
    const std::vector<sip::endpoint>& found,
    relay_output out
) {
    const auto waiting = queries_.find(query);
    if (waiting == queries_.end()) {
        return;
    }
    const auto [which, index] = waiting->second;
    queries_.erase(waiting);
    auto* context = contexts_.find(which);
    assert(context != nullptr);  // a context with a lookup open is not released
    auto& branch = context->branches[index];
    branch.at = state::idle;
    std::vector<next_hop> hops;
    for (const auto& remote : found) {
        const auto listener = with_.us.listener_for(remote);
        if (listener && hops.size() < options_.max_located_targets) {
            const auto name =
                sip::is_secured(remote.transport)
                    ? names_.number_of(now, branch.target.next_hops[branch.next - 1].uri)
                    : std::uint16_t{0};
            hops.push_back({sip::hop{*listener, remote, 0, name}, {}});
        }
    }
    auto& all = branch.target.next_hops;
    all.insert(
        all.begin() + static_cast<std::ptrdiff_t>(branch.next),
        std::make_move_iterator(hops.begin()),
        std::make_move_iterator(hops.end())
    );
    try_next(now, which, index, out);
    release(which);
}

void relay::arm(context_handle which) {
    auto& context = *contexts_.find(which);
    auto earliest = timing::never;
    for (const auto& branch : context.branches) {
        earliest = std::min(earliest, branch.limit);
    }
    if (earliest < context.armed) {
        context.armed = earliest;
        deadlines_.arm(earliest, which);
    } else {
        // A later deadline keeps its early entry: when that fires nothing is due and it is armed
        // anew.
        context.armed = std::min(context.armed, earliest);
    }
}

void relay::release(context_handle which) {
    const auto* context = contexts_.find(which);
    if (context != nullptr && !context->is_server_alive && context->live_clients == 0 &&
        context->is_complete()) {
        if (context->watched != 0) {
            with_.calls->request_done(context->watched);
        }
        contexts_.remove(which);
    }
}

}  // namespace sipha::route
