// Transactions on their way to another node, or to a later process.
#include <utility>

#include "proxy/sip/cseq.hpp"
#include "proxy/sip/values.hpp"
#include "proxy/sip/via.hpp"
#include "proxy/txn/table.hpp"

namespace sipha::txn {

namespace {

using kind = transaction_state::kind;

reliability reliability_of(const sip::hop& hop) {
    return sip::is_reliable(hop.remote.transport) ? reliability::reliable : reliability::unreliable;
}

/// A valid message with one of our branches on top, as every client transaction keeps it.
/// @returns nothing for other bytes, or when the branch is not one of this cluster.
std::optional<branch_id> branch_of_request(
    std::string_view bytes, const branch_codec& branches, sip::message& out
) {
    if (sip::parse_message(bytes, out) || !out.is_request() || sip::validate(out).status != 0) {
        return std::nullopt;
    }
    const auto top = sip::first_value(out, sip::header_id::via);
    const auto via = top ? sip::parse_via(*top) : std::nullopt;
    return via ? branches.decode(via->branch) : std::nullopt;
}

bool is_response(std::string_view bytes) {
    sip::message parsed;
    return !sip::parse_message(bytes, parsed) && !parsed.is_request() &&
           sip::validate(parsed).status == 0;
}

}  // namespace

std::optional<transaction_state> table::save_server(timing::time_point now, server_handle server)
    const {
    const auto* record = servers_.find(server);
    if (record == nullptr) {
        return std::nullopt;
    }
    transaction_state out;
    out.what = std::holds_alternative<invite_server>(record->machine) ? kind::invite_server
                                                                      : kind::non_invite_server;
    out.machine =
        std::visit([&](const auto& machine) { return machine.save(now); }, record->machine);
    out.key = record->key;
    out.message = record->response;
    out.owner = record->owner;
    out.to = record->to;
    return out;
}

std::optional<transaction_state> table::save_client(timing::time_point now, client_handle client)
    const {
    const auto* record = clients_.find(client);
    if (record == nullptr) {
        return std::nullopt;
    }
    transaction_state out;
    if (const auto* invite = std::get_if<invite_client>(&record->machine)) {
        out.what = kind::invite_client;
        out.machine = invite->save(now);
    } else if (const auto* other = std::get_if<non_invite_client>(&record->machine)) {
        out.what = kind::non_invite_client;
        out.machine = other->save(now);
    } else {
        return std::nullopt;  // reserved, nothing sent yet
    }
    out.message = record->request;
    if (record->cancel) {
        out.cancel = record->cancel->save(now);
        out.cancel_request = record->cancel_request;
    }
    out.owner = record->owner;
    out.to = record->to;
    return out;
}

std::uint64_t table::restore(timing::time_point now, const transaction_state& saved) {
    if (servers_.size() + clients_.size() >= options_.max_transactions) {
        return 0;
    }
    return saved.is_server() ? restore_server(now, saved) : restore_client(now, saved);
}

server_handle table::restore_server(timing::time_point now, const transaction_state& saved) {
    const auto transport = reliability_of(saved.to);
    const bool is_response_good = saved.message.empty() || is_response(saved.message);
    const auto hash = keys_.hash(saved.key);
    if (!is_response_good || saved.key.empty() || find_server(saved.key, hash) != 0) {
        return 0;
    }
    std::optional<std::variant<invite_server, non_invite_server>> machine;
    if (saved.what == kind::invite_server) {
        const auto found = invite_server::restore(saved.machine, options_.timers, transport, now);
        if (found && found->current() != invite_server::state::terminated) {
            machine = *found;
        }
    } else {
        const auto found =
            non_invite_server::restore(saved.machine, options_.timers, transport, now);
        if (found && found->current() != non_invite_server::state::terminated) {
            machine = *found;
        }
    }
    if (!machine) {
        return 0;
    }
    server_record record{saved.key, saved.to, *machine, saved.message, saved.owner};
    record.key_hash = hash;
    return add_server(std::move(record));
}

client_handle table::restore_client(timing::time_point now, const transaction_state& saved) {
    sip::message request;
    const auto branch = branch_of_request(saved.message, *branches_, request);
    const bool is_invite = saved.what == kind::invite_client;
    if (!branch || is_invite != (request.method() == sip::method::invite) ||
        request.method() == sip::method::ack || adopted_.contains(*branch) ||
        (is_own(*branch) && clients_.find(branch->transaction) != nullptr)) {
        return 0;
    }
    client_record record;
    record.method = request.method();
    const auto transport = reliability_of(saved.to);
    if (is_invite) {
        const auto found = invite_client::restore(saved.machine, options_.timers, transport, now);
        if (!found || found->current() == invite_client::state::terminated) {
            return 0;
        }
        record.machine = *found;
    } else {
        const auto found =
            non_invite_client::restore(saved.machine, options_.timers, transport, now);
        if (!found || found->current() == non_invite_client::state::terminated) {
            return 0;
        }
        record.machine = *found;
    }
    if (saved.cancel) {
        sip::message cancel;
        const auto same = branch_of_request(saved.cancel_request, *branches_, cancel);
        record.cancel = non_invite_client::restore(*saved.cancel, options_.timers, transport, now);
        if (same != branch || cancel.method() != sip::method::cancel || !record.cancel) {
            return 0;
        }
        record.cancel_request = saved.cancel_request;
    }
    record.to = saved.to;
    record.request = saved.message;
    record.owner = saved.owner;
    record.adopted = *branch;
    const auto which = clients_.add(std::move(record));
    if (which != 0) {
        adopted_.emplace(*branch, which);
        arm_client(which);
    }
    return which;
}

}  // namespace sipha::txn
