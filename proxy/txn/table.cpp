#include "proxy/txn/table.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "proxy/sip/builder.hpp"
#include "proxy/sip/cseq.hpp"
#include "proxy/sip/name_addr.hpp"
#include "proxy/sip/values.hpp"
#include "proxy/sip/via.hpp"
#include "proxy/txn/keys.hpp"

namespace sipha::txn {

namespace {

/// Deadline queue ids: a handle has 48 bits, bit 63 tells the sides apart.
constexpr std::uint64_t client_flag = std::uint64_t{1} << 63;

reliability reliability_of(const sip::hop& hop) {
    return sip::is_reliable(hop.remote.transport) ? reliability::reliable : reliability::unreliable;
}

std::string_view tag_of(const sip::message& message, sip::header_id header) {
    const auto value = sip::parse_name_addr(message.find(header)->value);
    return value ? value->params.value("tag").value_or(std::string_view()) : std::string_view();
}

std::optional<sip::via> top_via(const sip::message& message) {
    auto rest = message.find(sip::header_id::via)->value;
    const auto first = sip::next_value(rest);
    return first ? sip::parse_via(*first) : std::nullopt;
}

request_fields fields_of(const sip::message& request, const sip::via& via) {
    request_fields fields;
    fields.method = request.method_text();
    fields.branch = via.branch;
    fields.sent_by_host = via.host;
    fields.sent_by_port = via.port.value_or(0);
    if (!is_rfc3261_branch(via.branch)) {
        fields.request_uri = request.request_uri();
        fields.from_tag = tag_of(request, sip::header_id::from);
        fields.to_tag = tag_of(request, sip::header_id::to);
        fields.call_id = request.find(sip::header_id::call_id)->value;
        fields.cseq = sip::parse_cseq(request.find(sip::header_id::cseq)->value)->number;
        fields.top_via = via.raw;
    }
    return fields;
}

}  // namespace

sip::hop response_hop(const sip::message& request, const sip::hop& from) {
    auto hop = from;
    const auto via = top_via(request);
    if (!via || via->has_rport || sip::is_reliable(from.remote.transport)) {
        return hop;
    }
    // RFC 3261 18.2.2: received address, sent-by port. (maddr is for multicast and not honoured: it
    // would let a stranger point our responses anywhere.)
    hop.remote.port = via->port.value_or(sip::default_port(from.remote.transport));
    return hop;
}

table::table(const table_options& options, const branch_codec& branches)
    : options_(options),
      branches_(&branches),
      keys_(branches.index_key()),
      claims_(branches.index_key()) {}

// --- server side ---------------------------------------------------------------------------------

table::arrived table::on_request(
    timing::time_point now, const sip::message& request, const sip::hop& from, sip::outbox& out
) {
    const auto via = top_via(request);
    assert(via);  // validated before
    const auto key = server_key(fields_of(request, *via), key_scratch_);
    const auto hash = keys_.hash(key);
    const auto which = find_server(key, hash);
    const bool is_ack = request.method() == sip::method::ack;
    if (which == 0) {
        if (is_ack) {
            return {arrival::unmatched_ack, 0};
        }
        if (servers_.size() + clients_.size() >= options_.max_transactions) {
            return {arrival::full, 0};
        }
        const auto to = response_hop(request, from);
        const auto transport = reliability_of(from);
        server_record record{
            spare_.make(key), to, invite_server(options_.timers, transport), {}, 0};
        if (request.method() != sip::method::invite) {
            record.machine = non_invite_server(options_.timers, transport, now);
        }
        record.key_hash = hash;
        const auto made = add_server(std::move(record));
        return {made == 0 ? arrival::full : arrival::fresh, made};
    }
    auto& record = *servers_.find(which);
    server_actions actions;
    if (auto* invite = std::get_if<invite_server>(&record.machine)) {
        actions = is_ack ? invite->on_ack(now) : invite->on_request();
    } else if (!is_ack) {
        actions = std::get<non_invite_server>(record.machine).on_request();
    }
    perform_server(which, actions, out);
    return {actions.pass_ack_up ? arrival::ack_for_2xx : arrival::absorbed, which};
}

server_handle table::find_cancelled(const sip::message& cancel) {
    const auto via = top_via(cancel);
    const auto key = cancelled_invite_key(fields_of(cancel, *via), key_scratch_);
    return find_server(key, keys_.hash(key));
}

server_handle table::find_server(std::string_view key, std::uint64_t hash) const {
    return keys_.find(hash, [&](server_handle which) { return servers_.find(which)->key == key; });
}

server_handle table::add_server(server_record record) {
    const auto hash = record.key_hash;
    const auto which = servers_.add(std::move(record));
    if (which != 0) {
        keys_.add(hash, which);
        arm_server(which);
    }
    return which;
}

void table::remove_server(server_handle which) {
    auto& record = *servers_.find(which);
    keys_.remove(record.key_hash, which);
    if (!record.claim.empty()) {
        claims_.remove(record.claim_hash, which);
    }
    spare_.keep(std::move(record.key));
    spare_.keep(std::move(record.response));
    spare_.keep(std::move(record.claim));
    servers_.remove(which);
}

table::copy table::claim(server_handle server, const sip::message& request) {
    auto* record = servers_.find(server);
    if (record == nullptr || !tag_of(request, sip::header_id::to).empty()) {
        return copy::first;
    }
    const auto key = merge_key(
        tag_of(request, sip::header_id::from),
        request.find(sip::header_id::call_id)->value,
        request.find(sip::header_id::cseq)->value,
        key_scratch_
    );
    const auto hash = claims_.hash(key);
    const auto holder =
        claims_.find(hash, [&](server_handle which) { return servers_.find(which)->claim == key; });
    if (holder != 0) {
        return holder == server ? copy::first : copy::merged;
    }
    record->claim = spare_.make(key);
    record->claim_hash = hash;
    claims_.add(hash, server);
    return copy::first;
}

void table::set_owner(server_handle server, std::uint64_t owner) {
    servers_.find(server)->owner = owner;
}

std::uint64_t table::owner_of(server_handle server) const {
    const auto* record = servers_.find(server);
    return record == nullptr ? 0 : record->owner;
}

bool table::respond(
    timing::time_point now,
    server_handle server,
    int status,
    std::string_view response,
    sip::outbox& out
) {
    auto* record = servers_.find(server);
    if (record == nullptr) {
        return false;
    }
    const auto actions = std::visit(
        [&](auto& machine) { return machine.on_response(status, now); }, record->machine
    );
    if (actions.refused) {
        return false;
    }
    if (record->response.empty()) {
        record->response = spare_.make(response);
    } else {
        record->response.assign(response);
    }
    perform_server(server, actions, out);
    return true;
}

void table::abandon(server_handle server) {
    if (const auto* record = servers_.find(server)) {
        events_.push_back({table_event::kind::server_ended, server, record->owner});
        remove_server(server);
    }
}

void table::perform_server(server_handle which, server_actions actions, sip::outbox& out) {
    const auto& record = *servers_.find(which);
    if (actions.send_response || (actions.resend_response && !record.response.empty())) {
        out.add(record.to, 0, record.response);
    }
    if (actions.trying_due) {
        events_.push_back({table_event::kind::server_trying_due, which, record.owner});
    }
    if (actions.timed_out) {
        events_.push_back({table_event::kind::server_unacked, which, record.owner});
    }
    if (actions.terminated) {
        abandon(which);
    } else {
        arm_server(which);
    }
}

void table::arm_server(server_handle which) {
    auto& record = *servers_.find(which);
    const auto deadline =
        std::visit([](const auto& machine) { return machine.deadline(); }, record.machine);
    if (deadline != record.armed) {
        record.armed = deadline;
        deadlines_.arm(deadline, which);
    }
}

void table::advance_server(timing::time_point now, server_handle which, sip::outbox& out) {
    auto* record = servers_.find(which);
    if (record == nullptr || record->armed > now) {
        return;
    }
    record->armed = timing::never;
    const auto actions =
        std::visit([&](auto& machine) { return machine.on_timer(now); }, record->machine);
    perform_server(which, actions, out);
}

// --- client side ---------------------------------------------------------------------------------

client_handle table::reserve(sip::method method, std::uint64_t owner) {
    if (servers_.size() + clients_.size() >= options_.max_transactions) {
        return 0;
    }
    client_record record;
    record.method = method;
    record.owner = owner;
    return clients_.add(std::move(record));
}

void table::start(
    timing::time_point now,
    client_handle client,
    const sip::hop& to,
    std::string_view request,
    sip::outbox& out
) {
    auto& record = *clients_.find(client);
    record.to = to;
    record.request = spare_.make(request);
    const auto transport = reliability_of(to);
    if (record.method == sip::method::invite) {
        record.machine = invite_client(options_.timers, transport, now);
    } else {
        record.machine = non_invite_client(options_.timers, transport, now);
    }
    out.add(to, client, record.request);
    arm_client(client);
}

bool table::cancel(
    timing::time_point now, client_handle client, std::string_view reason_line, sip::outbox& out
) {
    auto* record = clients_.find(client);
    if (record == nullptr || record->cancel || !is_proceeding(client)) {
        return false;
    }
    sip::message invite;
    [[maybe_unused]] const auto error = sip::parse_message(record->request, invite);
    assert(!error);
    sip::append_cancel(record->cancel_request, invite, reason_line);
    record->cancel = non_invite_client(options_.timers, reliability_of(record->to), now);
    out.add(record->to, 0, record->cancel_request);
    arm_client(client);
    return true;
}

void table::abandon_client(client_handle client) {
    if (const auto* record = clients_.find(client)) {
        events_.push_back({table_event::kind::client_ended, client, record->owner});
        remove_client(client);
    }
}

void table::remove_client(client_handle which) {
    auto& record = *clients_.find(which);
    if (record.adopted) {
        adopted_.erase(*record.adopted);
    }
    spare_.keep(std::move(record.request));
    spare_.keep(std::move(record.cancel_request));
    clients_.remove(which);
}

bool table::is_own(const branch_id& branch) const {
    return branch.node == branches_->own().node && branch.epoch == branches_->own().epoch;
}

bool table::is_proceeding(client_handle client) const {
    const auto* record = clients_.find(client);
    const auto* invite = record == nullptr ? nullptr : std::get_if<invite_client>(&record->machine);
    return invite != nullptr && invite->current() == invite_client::state::proceeding;
}

table::matched table::on_response(
    timing::time_point now, const sip::message& response, sip::outbox& out
) {
    matched result;
    const auto via = top_via(response);
    const auto branch = via ? branches_->decode(via->branch) : std::nullopt;
    if (!branch) {
        return result;
    }
    result.branch = *branch;
    auto client = branch->transaction;
    const auto adopted = adopted_.empty() ? adopted_.end() : adopted_.find(*branch);
    if (adopted != adopted_.end()) {
        client = adopted->second;
    } else if (!is_own(*branch)) {
        result.what = match::foreign_node;
        return result;
    }
    auto* record = clients_.find(client);
    const auto cseq = sip::parse_cseq(response.find(sip::header_id::cseq)->value);
    if (record == nullptr || !cseq) {
        result.what = match::unknown;
        return result;
    }
    result.client = client;
    result.owner = record->owner;
    result.what = match::absorbed;
    const auto method = sip::parse_method(cseq->method_text);
    if (method == sip::method::cancel && record->cancel) {
        // The answer to our CANCEL says nothing that the INVITE's own answer will not say.
        // The machine stays when it is done: an INVITE is cancelled once.
        record->cancel->on_response(response.status(), now);
        arm_client(result.client);
        return result;
    }
    if (method != record->method) {
        result.what = match::unknown;
        return result;
    }
    client_actions actions;
    if (auto* invite = std::get_if<invite_client>(&record->machine)) {
        actions = invite->on_response(response.status(), now);
    } else if (auto* other = std::get_if<non_invite_client>(&record->machine)) {
        actions = other->on_response(response.status(), now);
    }
    perform_client(result.client, actions, &response, out);
    if (actions.pass_response_up) {
        result.what = match::pass_up;
    }
    return result;
}

void table::perform_client(
    client_handle which, client_actions actions, const sip::message* response, sip::outbox& out
) {
    const auto& record = *clients_.find(which);
    if (actions.send_request) {
        out.add(record.to, which, record.request);
    }
    if (actions.send_ack && response != nullptr) {
        sip::message invite;
        [[maybe_unused]] const auto error = sip::parse_message(record.request, invite);
        assert(!error);
        sip::append_ack_for_failure(out.begin(), invite, response->find(sip::header_id::to)->value);
        out.commit(record.to, 0);
    }
    if (actions.timed_out) {
        events_.push_back({table_event::kind::client_timed_out, which, record.owner});
    }
    if (actions.transport_failed) {
        events_.push_back({table_event::kind::client_failed, which, record.owner});
    }
    if (actions.terminated) {
        events_.push_back({table_event::kind::client_ended, which, record.owner});
        remove_client(which);
    } else {
        arm_client(which);
    }
}

void table::arm_client(client_handle which) {
    auto& record = *clients_.find(which);
    auto deadline = timing::never;
    if (const auto* invite = std::get_if<invite_client>(&record.machine)) {
        deadline = invite->deadline();
    } else if (const auto* other = std::get_if<non_invite_client>(&record.machine)) {
        deadline = other->deadline();
    }
    if (record.cancel) {
        deadline = std::min(deadline, record.cancel->deadline());
    }
    if (deadline != record.armed) {
        record.armed = deadline;
        deadlines_.arm(deadline, which | client_flag);
    }
}

void table::on_send_failed(std::uint64_t token) {
    auto* record = clients_.find(token);
    if (record == nullptr) {
        return;
    }
    client_actions actions;
    if (auto* invite = std::get_if<invite_client>(&record->machine)) {
        actions = invite->on_transport_error();
    } else if (auto* other = std::get_if<non_invite_client>(&record->machine)) {
        actions = other->on_transport_error();
    }
    // Nothing is sent by a transport error, so no outbox is at hand here.
    sip::outbox none;
    perform_client(token, actions, nullptr, none);
}

void table::advance_client(timing::time_point now, client_handle which, sip::outbox& out) {
    auto* record = clients_.find(which);
    if (record == nullptr || record->armed > now) {
        return;
    }
    record->armed = timing::never;
    if (record->cancel) {
        const auto actions = record->cancel->on_timer(now);
        if (actions.send_request) {
            out.add(record->to, 0, record->cancel_request);
        }
    }
    client_actions actions;
    if (auto* invite = std::get_if<invite_client>(&record->machine)) {
        actions = invite->on_timer(now);
    } else if (auto* other = std::get_if<non_invite_client>(&record->machine)) {
        actions = other->on_timer(now);
    }
    perform_client(which, actions, nullptr, out);
}

// --- time ----------------------------------------------------------------------------------------

void table::advance(timing::time_point now, sip::outbox& out) {
    while (const auto id = deadlines_.pop_due(now)) {
        if ((*id & client_flag) != 0) {
            advance_client(now, *id & ~client_flag, out);
        } else {
            advance_server(now, *id, out);
        }
    }
}

bool table::knows(const sip::message& message) {
    const auto via = top_via(message);
    if (!via) {
        return false;
    }
    if (!message.is_request()) {
        const auto branch = branches_->decode(via->branch);
        return branch && branch->node == branches_->own().node &&
               branch->epoch == branches_->own().epoch &&
               clients_.find(branch->transaction) != nullptr;
    }
    const bool is_cancel = message.method() == sip::method::cancel;
    const auto key = server_key(fields_of(message, *via), key_scratch_);
    return find_server(key, keys_.hash(key)) != 0 || (is_cancel && find_cancelled(message) != 0);
}

}  // namespace sipha::txn
