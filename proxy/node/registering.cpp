// REGISTER: handed to the registrar, answered when enough nodes hold what it changed.
#include <utility>

#include "proxy/node/node.hpp"

namespace sipha::proxy {

void node::on_register(timing::instant now, const arrival& what, effects& out) {
    ++counters_.registers;
    auto outcome = registrar_.handle(
        now.mono,
        {what.request,
         what.from,
         us_.listener(what.from.listener),
         cluster_.clock().next(now.wall_ms)},
        us_
    );
    if (outcome.status == 200 && what.from.flow != 0) {
        // The binding ends with the connection, so the connection must not end for its silence.
        out.holds.push_back({what.from.flow, now.mono + options_.registrar.max_expires});
    }
    if (outcome.status == 200) {
        gate_.prove(now.mono, what.from.remote.ip);
    }
    std::uint64_t sequence = 0;
    for (auto& record : outcome.records) {
        sequence = cluster_.publish({cluster::record_kind::registration, std::move(record)});
    }
    sip::response_options options;
    options.status = outcome.status;
    options.reason = outcome.reason;
    options.extra_headers = outcome.headers;
    if (sequence == 0 || options_.ack == register_ack::none) {
        answer(now, what, options, out);
        return;
    }
    waiting_.emplace(
        sequence,
        waiting_register{
            what.server, outcome.status, compose(what, options), now.mono + options_.ack_limit}
    );
}

void node::on_replicated(timing::instant now, const cluster::replicated& progress, effects& out) {
    const auto waiting = waiting_.find(progress.sequence);
    const bool is_met =
        progress.awaited == 0 || (options_.ack == register_ack::one && progress.holders >= 1);
    if (waiting == waiting_.end() || !is_met) {
        return;
    }
    const auto& done = waiting->second;
    transactions_.respond(now.mono, done.server, done.status, done.response, out.messages);
    waiting_.erase(waiting);
}

void node::answer_overdue_registers(timing::instant now, effects& out) {
    // Sequences grow with time, so the overdue ones stand in front.
    while (!waiting_.empty() && waiting_.begin()->second.limit <= now.mono) {
        const auto& overdue = waiting_.begin()->second;
        transactions_.respond(
            now.mono, overdue.server, overdue.status, overdue.response, out.messages
        );
        ++counters_.registers_unconfirmed;
        waiting_.erase(waiting_.begin());
    }
}

}  // namespace sipha::proxy
