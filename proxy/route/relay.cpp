#include "proxy/route/relay.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "proxy/route/forward.hpp"
#include "proxy/sip/builder.hpp"
#include "proxy/sip/values.hpp"
#include "proxy/sip/via.hpp"

namespace sipha::route {

namespace {

using state = relay_branch::state;

/// A failed next hop says nothing about the request: another one may take it (RFC 3263 4.3).
bool is_next_hop_failure(int status) {
    return status == 503;
}

/// RFC 3261 16.7 step 3: with no Via under ours it was not meant for anybody behind us.
bool has_via_below_ours(const sip::message& response) {
    auto values = sip::values_of(response, sip::header_id::via).begin();
    return ++values != decltype(values)();
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
    context.forms_dialog =
        tags_of(what.request).to_tag.empty() &&
        (context.method == sip::method::invite || context.method == sip::method::subscribe ||
         context.method == sip::method::refer);
    if (what.is_caller_flow) {
        context.path.caller = what.from;
    }
    const auto branches = std::min(what.targets.size(), options_.max_branches);
    for (std::size_t i = 0; i < branches; ++i) {
        relay_branch branch;
        branch.target = std::move(what.targets[i]);
        context.branches.push_back(std::move(branch));
    }
    const auto which = contexts_.add(std::move(context));
    if (which == 0) {
        ++counters_.dropped_overload;
        return;
    }
    if (what.server != 0) {
        with_.transactions.set_owner(what.server, which);
        ++counters_.requests;
    }
    for (std::size_t i = 0; i < branches && contexts_.find(which) != nullptr; ++i) {
        try_next(now, which, i, out);
    }
    release(which);
}

void relay::try_next(
    timing::time_point now, context_handle which, std::size_t index, relay_output out
) {
    auto& branch = contexts_.find(which)->branches[index];
    auto& hops = branch.target.next_hops;
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
    finish_branch(now, which, index, branch.status != 0 ? branch.status : 503, {}, out);
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
    sip::message request;
    [[maybe_unused]] const auto error = sip::parse_message(context.request, request);
    assert(!error);
    const auto routes = read_routes(request, with_.us, with_.tokens);
    assert(routes);
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
    } else {
        // RFC 3261 16.11 without its hash: nothing answers an ACK, so no response must find its
        // way.
        with_.transactions.append_branch(branch_text, next_ack_++);
    }
    scratch_.clear();
    writer_.append(
        scratch_,
        {request,
         *routes,
         context.from,
         to,
         branch.target.request_uri,
         branch.target.route_lines,
         branch_text,
         context.forms_dialog ? &path : nullptr}
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
    if (context.method == sip::method::invite) {
        branch.limit = now + options_.timer_c;
    }
    with_.transactions.start(now, branch.client, to, scratch_, out.messages);
    arm(which);
    return true;
}

std::size_t relay::branch_of(const response_context& context, txn::client_handle client) const {
    const auto found =
        std::find_if(context.branches.begin(), context.branches.end(), [&](const auto& branch) {
            return branch.client == client;
        });
    return static_cast<std::size_t>(found - context.branches.begin());
}

void relay::on_response(
    timing::time_point now,
    const txn::table::matched& match,
    const sip::message& response,
    relay_output out
) {
    auto* context = contexts_.find(match.owner);
    if (context == nullptr) {
        ++counters_.dropped_responses;
        return;
    }
    const auto index = branch_of(*context, match.client);
    if (index == context->branches.size()) {
        // A next hop that was given up answers after all. A 2xx sets up a call and must get through
        // (RFC 3261 16.7 step 5); anything else comes too late.
        if (response.status() / 100 != 2 || context->method != sip::method::invite) {
            ++counters_.dropped_responses;
            return;
        }
    }
    const int status = response.status();
    if (!has_via_below_ours(response)) {
        ++counters_.dropped_viafree;
        if (status >= 200 && index < context->branches.size() &&
            context->branches[index].at == state::trying) {
            // RFC 3261 21.5.3: the branch ended, with an answer that nobody can use.
            finish_branch(now, match.owner, index, 502, {}, out);
        }
        return;
    }
    scratch_.clear();
    // 16.7 step 5: a 100 is for us alone; RFC 4320 leaves no other 1xx to non-INVITE.
    const bool goes_up = status >= 200 || (status != 100 && context->method == sip::method::invite);
    if (goes_up) {
        append_upward(scratch_, response, edits_);
    }
    if (status < 200) {
        auto& branch = context->branches[index];
        if (status != 100 && branch.at == state::trying && !branch.wants_cancel) {
            branch.limit = now + options_.timer_c;  // 16.7 step 2
        }
        if (branch.wants_cancel) {
            cancel_branch(now, branch, {}, out);
        }
        arm(match.owner);
        if (goes_up && !context->is_final_sent) {
            with_.transactions.respond(now, context->server, status, scratch_, out.messages);
        }
        return;
    }
    if (status / 100 == 2) {
        context->is_final_sent =
            with_.transactions.respond(now, context->server, status, scratch_, out.messages) ||
            context->is_final_sent;
        if (index < context->branches.size()) {
            context->branches[index].at = state::done;
            context->branches[index].limit = timing::never;
        }
        cancel_others(now, match.owner, index, out);
        release(match.owner);
        return;
    }
    auto& branch = context->branches[index];
    if (branch.at != state::trying) {
        return;
    }
    // 16.7 step 5: nothing new is tried for a branch that is no longer wanted.
    if (is_next_hop_failure(status) && branch.next < branch.target.next_hops.size() &&
        !context->is_cancelled && !branch.wants_cancel) {
        ++counters_.failovers;
        branch.status = status;
        try_next(now, match.owner, index, out);
        return;
    }
    const std::string upward = scratch_;
    finish_branch(now, match.owner, index, status, upward, out);
}

void relay::finish_branch(
    timing::time_point now,
    context_handle which,
    std::size_t index,
    int status,
    std::string_view response,
    relay_output out
) {
    auto& context = *contexts_.find(which);
    auto& branch = context.branches[index];
    branch.at = state::done;
    branch.status = status;
    branch.limit = timing::never;
    if (status != 0 && is_better_final(status, context.best_status)) {
        context.best_status = status;
        context.best_response = response;
    }
    if (status / 100 == 6) {
        cancel_others(now, which, index, out);  // 16.7 step 5
    }
    if (context.is_complete() && !context.is_final_sent) {
        send_best(now, which, out);
    }
    release(which);
}

void relay::send_best(timing::time_point now, context_handle which, relay_output out) {
    auto& context = *contexts_.find(which);
    if (context.server == 0 || !context.is_server_alive) {
        return;
    }
    context.is_final_sent = true;
    if (context.best_status == 0) {
        // RFC 4320 4.2: a non-INVITE that nobody answered is left to time out at the client.
        with_.transactions.abandon(context.server);
        return;
    }
    if (context.best_status == 503) {
        // 16.7 step 6: a 503 would make the sender avoid us, not the server behind us.
        answer(now, context, 500, out);
    } else if (context.best_response.empty()) {
        answer(now, context, context.best_status, out);
    } else {
        const std::string response = std::move(context.best_response);
        with_.transactions.respond(
            now, context.server, context.best_status, response, out.messages
        );
    }
}

void relay::answer(
    timing::time_point now, response_context& context, int status, relay_output out
) {
    sip::message request;
    [[maybe_unused]] const auto error = sip::parse_message(context.request, request);
    assert(!error);
    auto vias = request.find(sip::header_id::via)->value;
    const auto via = sip::parse_via(*sip::next_value(vias));
    const auto top_via = sip::via_with_source(*via, context.from.remote);
    sip::response_options options{};
    options.status = status;
    options.to_tag = context.to_tag;
    options.top_via = top_via;
    std::string response;
    sip::append_response(response, request, options);
    with_.transactions.respond(now, context.server, status, response, out.messages);
}

void relay::on_event(timing::time_point now, const txn::table_event& event, relay_output out) {
    using kind = txn::table_event::kind;
    auto* context = contexts_.find(event.owner);
    if (context == nullptr) {
        return;
    }
    if (event.what == kind::server_ended) {
        context->is_server_alive = false;
    } else if (event.what == kind::server_trying_due) {
        answer(now, *context, 100, out);
    } else if (event.what == kind::client_ended) {
        --context->live_clients;
    } else if (event.what == kind::client_timed_out || event.what == kind::client_failed) {
        const auto index = branch_of(*context, event.transaction);
        if (index == context->branches.size() || context->branches[index].at != state::trying) {
            return;
        }
        auto& branch = context->branches[index];
        if (!context->is_cancelled && !branch.wants_cancel &&
            branch.next < branch.target.next_hops.size()) {
            ++counters_.failovers;
            try_next(now, event.owner, index, out);
            return;
        }
        int status = event.what == kind::client_failed ? 503 : 408;  // 16.9, 16.8
        if (branch.wants_cancel) {
            status = 487;
        } else if (status == 408 && context->method != sip::method::invite) {
            status = 0;  // RFC 4320 4.2
        }
        finish_branch(now, event.owner, index, status, {}, out);
        return;
    }
    release(event.owner);
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
        contexts_.remove(which);
    }
}

}  // namespace sipha::route
