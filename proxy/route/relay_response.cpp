// The half of the relay that hears from next hops: responses and their absence (RFC 3261 16.7).
#include <algorithm>
#include <cassert>
#include <utility>

#include "proxy/route/forward.hpp"
#include "proxy/route/relay.hpp"
#include "proxy/sip/builder.hpp"
#include "proxy/sip/text.hpp"
#include "proxy/sip/values.hpp"
#include "proxy/sip/via.hpp"

namespace sipha::route {

namespace {

using state = relay_branch::state;

/// A failed next hop says nothing about the request: another one may take it (RFC 3263 4.3).
bool is_next_hop_failure(int status) {
    return status == 503;
}

/// RFC 5626 7: any other final response is the phone's own word.
bool may_try_other_flow(int status) {
    return status == 408 || status == 430;
}

/// RFC 3261 16.7 step 3: with no Via under ours it was not meant for anybody behind us.
bool has_via_below_ours(const sip::message& response) {
    auto values = sip::values_of(response, sip::header_id::via).begin();
    return ++values != decltype(values)();
}

/// Retry-After in front of its comment and parameters (RFC 3261 20.33).
std::chrono::seconds retry_after_of(const sip::message& response) {
    const auto* field = response.find(sip::header_id::retry_after);
    if (field == nullptr) {
        return penalty_list::default_time;
    }
    const auto end = std::find_if_not(field->value.begin(), field->value.end(), sip::is_digit);
    const auto digits = std::string_view(field->value.begin(), end);
    const auto seconds = sip::parse_delta_seconds(digits);
    return seconds ? std::chrono::seconds(*seconds) : penalty_list::default_time;
}

}  // namespace

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
    const int status = response.status();
    if (context == nullptr) {
        ++counters_.dropped_responses;
        return;
    }
    const auto index = branch_of(*context, match.client);
    const bool is_given_up = index == context->branches.size();
    // A next hop that was given up answers after all. A 2xx sets up a call and must get through
    // (RFC 3261 16.7 step 5); anything else comes too late.
    if (is_given_up && (status / 100 != 2 || context->method != sip::method::invite)) {
        ++counters_.dropped_responses;
        return;
    }
    if (!has_via_below_ours(response)) {
        ++counters_.dropped_viafree;
        if (status >= 200 && !is_given_up && context->branches[index].at == state::trying) {
            // RFC 3261 21.5.3: the branch ended, with an answer that nobody can use.
            finish_branch(now, match.owner, index, 502, out);
        }
        return;
    }
    if (!is_given_up && status != 503) {
        note_answer(now, context->branches[index]);
    }
    if (status < 200) {
        on_provisional(now, match, response, out);
    } else if (status < 300) {
        on_success(now, match, response, out);
    } else {
        on_failure(now, match, response, out);
    }
}

void relay::on_provisional(
    timing::time_point now,
    const txn::table::matched& match,
    const sip::message& response,
    relay_output out
) {
    auto& context = *contexts_.find(match.owner);
    auto& branch = context.branches[branch_of(context, match.client)];
    const int status = response.status();
    if (status != 100 && branch.at == state::trying && !branch.wants_cancel &&
        context.method == sip::method::invite) {
        branch.limit = now + options_.timer_c;  // 16.7 step 2
    }
    if (branch.wants_cancel) {
        cancel_branch(now, branch, {}, out);
    }
    arm(match.owner);
    // 16.7 step 5: a 100 is for us alone; RFC 4320 leaves no other 1xx to non-INVITE.
    if (status != 100 && context.method == sip::method::invite && !context.is_final_sent) {
        if (context.watched != 0) {
            report_response(now, context, response, branch_of(context, match.client));
        }
        scratch_.clear();
        append_upward(scratch_, response, edits_);
        with_.transactions.respond(now, context.server, status, scratch_, out.messages);
    }
}

void relay::on_success(
    timing::time_point now,
    const txn::table::matched& match,
    const sip::message& response,
    relay_output out
) {
    auto& context = *contexts_.find(match.owner);
    const auto index = branch_of(context, match.client);
    if (context.watched != 0) {
        report_response(now, context, response, index);
    }
    scratch_.clear();
    append_upward(scratch_, response, edits_);
    const bool is_sent =
        with_.transactions.respond(now, context.server, response.status(), scratch_, out.messages);
    context.is_final_sent = is_sent || context.is_final_sent;
    context.settle();
    if (index < context.branches.size()) {
        context.branches[index].at = state::done;
        context.branches[index].limit = timing::never;
    }
    cancel_others(now, match.owner, index, out);
    release(match.owner);
}

void relay::on_failure(
    timing::time_point now,
    const txn::table::matched& match,
    const sip::message& response,
    relay_output out
) {
    auto& context = *contexts_.find(match.owner);
    const auto index = branch_of(context, match.client);
    auto& branch = context.branches[index];
    const int status = response.status();
    if (branch.at != state::trying) {
        return;
    }
    if (is_next_hop_failure(status)) {
        note_failure(now, branch, status, retry_after_of(response));
        // 16.7 step 5: nothing new is tried for a branch that is no longer wanted.
        if (branch.next < branch.target.next_hops.size() && !context.is_settled &&
            !branch.wants_cancel) {
            ++counters_.failovers;
            branch.status = status;
            try_next(now, match.owner, index, out);
            return;
        }
    }
    if (branch.target.instance != 0 && !may_try_other_flow(status)) {
        context.waiting.drop_instance(branch.target.instance);
    }
    branch.status = status;
    if (status == 430) {
        context.best.offer(480);  // RFC 5626 11.5: 430 is a word between proxies
    } else {
        scratch_.clear();
        append_upward(scratch_, response, edits_);
        context.best.offer(status, scratch_, response);
    }
    close_branch(now, match.owner, index, out);
}

void relay::note_failure(
    timing::time_point now, const relay_branch& branch, int status, std::chrono::seconds how_long
) {
    // A phone has one address: who avoids it does not reach it.
    // A cancelled branch says nothing about its server.
    if (branch.target.is_phone_flow || branch.wants_cancel) {
        return;
    }
    penalties_.add(now, branch.remote, how_long);
    if (with_.hops != nullptr) {
        with_.hops->hop_failed(now, branch.remote, status);
    }
}

void relay::note_answer(timing::time_point now, relay_branch& branch) {
    if (branch.is_answered || branch.target.is_phone_flow) {
        return;
    }
    branch.is_answered = true;
    if (!penalties_.is_empty()) {
        penalties_.remove(branch.remote);
    }
    if (with_.hops != nullptr) {
        with_.hops->hop_answered(now, branch.remote);
    }
}

/// The branch ended without a response that could go up.
void relay::finish_branch(
    timing::time_point now, context_handle which, std::size_t index, int status, relay_output out
) {
    auto& context = *contexts_.find(which);
    context.branches[index].status = status;
    context.best.offer(status);
    close_branch(now, which, index, out);
}

void relay::close_branch(
    timing::time_point now, context_handle which, std::size_t index, relay_output out
) {
    auto& context = *contexts_.find(which);
    auto& branch = context.branches[index];
    branch.at = state::done;
    branch.limit = timing::never;
    if (branch.status / 100 == 6) {
        context.settle();
        cancel_others(now, which, index, out);  // 16.7 step 5
    }
    start_targets(now, which, out);
    auto* left = contexts_.find(which);
    if (left != nullptr && left->is_complete() && !left->is_final_sent) {
        send_best(now, which, out);
    }
    release(which);
}

void relay::report_response(
    timing::time_point now,
    const response_context& context,
    const sip::message& response,
    std::size_t index
) {
    const sip::hop* from = nullptr;
    if (index < context.branches.size()) {
        const auto& branch = context.branches[index];
        from = &*branch.target.next_hops[branch.next - 1].hop;
    }
    with_.calls->response_passed(now, context.watched, response, from);
}

void relay::send_best(timing::time_point now, context_handle which, relay_output out) {
    auto& context = *contexts_.find(which);
    if (context.watched != 0) {
        const int status = context.best.status();
        with_.calls->request_failed(now, context.watched, status == 0 ? 408 : status);
    }
    if (context.server == 0 || !context.is_server_alive) {
        return;
    }
    context.is_final_sent = true;
    const int status = context.best.status();
    counters_.left_out_lines += context.best.lines_left_out();
    if (status == 0) {
        // RFC 4320 4.2: a non-INVITE that nobody answered is left to time out at the client.
        with_.transactions.abandon(context.server);
    } else if (status == 503) {
        // 16.7 step 6: a 503 would make the sender avoid us, not the server behind us.
        answer(now, context, 500, out);
    } else if (context.best.is_ours()) {
        answer(now, context, status, out);
    } else {
        const auto response = context.best.take();
        with_.transactions.respond(now, context.server, status, response, out.messages);
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
        note_failure(
            now, branch, event.what == kind::client_failed ? 503 : 408, penalty_list::default_time
        );
        if (!context->is_settled && !branch.wants_cancel &&
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
        finish_branch(now, event.owner, index, status, out);
        return;
    }
    release(event.owner);
}

}  // namespace sipha::route
