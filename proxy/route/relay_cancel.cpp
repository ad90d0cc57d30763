// The half of the relay that ends calls: CANCEL (RFC 3261 9, 16.10) and Timer C (16.8).
#include "proxy/route/relay.hpp"

namespace sipha::route {

namespace {

using state = relay_branch::state;

constexpr std::string_view completed_elsewhere =
    "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n";

}  // namespace

void relay::cancel_branch(
    timing::time_point now, relay_branch& branch, std::string_view reason_line, relay_output out
) {
    if (!branch.wants_cancel) {
        branch.wants_cancel = true;
        branch.cancel_reason = reason_line;  // RFC 3326 2: the first reason is the one
    }
    if (branch.at == state::trying &&
        with_.transactions.cancel(now, branch.client, branch.cancel_reason, out.messages)) {
        branch.limit = now + options_.cancel_limit;
    }
}

void relay::cancel_others(
    timing::time_point now, context_handle which, std::size_t except, relay_output out
) {
    auto& context = *contexts_.find(which);
    if (context.method != sip::method::invite) {
        return;
    }
    // RFC 3326 2: a phone shows a call that was taken elsewhere not as missed, one that was
    // declined for all it may.
    const auto reason = context.best.status() / 100 == 6
                            ? "Reason: SIP;cause=" + std::to_string(context.best.status()) + "\r\n"
                            : std::string(completed_elsewhere);
    for (std::size_t i = 0; i < context.branches.size(); ++i) {
        auto& branch = context.branches[i];
        if (i == except || branch.at == state::done) {
            continue;
        }
        if (branch.at == state::trying) {
            cancel_branch(now, branch, reason, out);
        } else {
            queries_.erase(branch.query);
            branch.at = state::done;
        }
    }
    arm(which);
}

void relay::on_cancel(
    timing::time_point now, std::uint64_t which, std::string_view reason_lines, relay_output out
) {
    auto* context = contexts_.find(which);
    if (context == nullptr || context->is_final_sent) {
        return;
    }
    context->is_cancelled = true;
    if (!context->waiting.is_empty()) {
        context->best.offer(487);
    }
    context->settle();
    for (auto& branch : context->branches) {
        if (branch.at == state::trying) {
            cancel_branch(now, branch, reason_lines, out);
        } else if (branch.at == state::locating) {
            queries_.erase(branch.query);
            branch.at = state::done;
            branch.status = 487;
            context->best.offer(487);
        }
    }
    arm(which);
    if (context->is_complete()) {
        send_best(now, which, out);
    }
}

void relay::advance(timing::time_point now, relay_output out) {
    while (const auto which = deadlines_.pop_due(now)) {
        auto* context = contexts_.find(*which);
        if (context == nullptr || context->armed > now) {
            continue;
        }
        context->armed = timing::never;
        for (std::size_t i = 0;
             contexts_.find(*which) != nullptr && i < contexts_.find(*which)->branches.size();
             ++i) {
            auto& branch = contexts_.find(*which)->branches[i];
            if (branch.at != state::trying || branch.limit > now) {
                continue;
            }
            // 16.8: with a provisional response CANCEL and wait, else as if 408 had come; a branch
            // that did not even answer its CANCEL is given up.
            if (!branch.wants_cancel && with_.transactions.is_proceeding(branch.client)) {
                cancel_branch(now, branch, {}, out);
            } else {
                with_.transactions.abandon_client(branch.client);
                finish_branch(now, *which, i, branch.wants_cancel ? 487 : 408, out);
            }
        }
        if (contexts_.find(*which) != nullptr) {
            arm(*which);
        }
    }
}

}  // namespace sipha::route
