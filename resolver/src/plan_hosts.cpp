#include <algorithm>
#include <utility>

#include "resolver/src/address_order.hpp"
#include "resolver/src/names.hpp"
#include "resolver/src/plan.hpp"
#include "resolver/src/warnings.hpp"

/// The part of the plan that turns names into addresses.
namespace sipha::resolver::detail {

bool planner::is_allowed(address_family family) const {
    const auto use = in_.options.families;
    return use == family_use::any || (use == family_use::v4_only) == (family == address_family::v4);
}

void planner::follow_host(std::string_view name, std::uint16_t port, const route_leg& leg) {
    add_direct(leg, find_host(name, leg.depth), port);
}

/// Adds a leg that leads to one host without SRV.
void planner::add_direct(route_leg leg, std::uint32_t host, std::uint16_t port) {
    auto& table = out_.table;
    leg.first_group = static_cast<std::uint32_t>(table.groups.size());
    leg.group_count = 1;
    table.groups.push_back({static_cast<std::uint32_t>(table.targets.size()), 1, 0, true});
    add_target(leg.transport, host, port, 0);
    table.legs.push_back(leg);
}

void planner::add_target(
    transport through, std::uint32_t host, std::uint16_t port, std::uint16_t weight
) {
    auto& table = out_.table;
    const auto& state = host_states_[host];
    const std::size_t count = table.hosts[host].address_count;
    bool is_waiting = state.is_waiting;
    if (is_lazy() && is_waiting && count != 0 && through != transport::udp) {
        // RFC 8305 3: connections race each other, so they start without the late family.
        const auto ends = state.half_known_at + in_.options.resolution_delay;
        is_waiting = in_.now < ends;
        out_.deadline = is_waiting ? std::min(out_.deadline, ends) : out_.deadline;
    }
    if (is_lazy() && state.is_waiting && count == 0) {
        // A silent target counts as one to come, until the patience with it ends.
        const auto ends = state.asked_at + in_.options.grace;
        const bool is_expected = in_.now < ends;
        out_.reached += is_expected ? 1 : 0;
        out_.expected += is_expected ? 1 : 0;
        out_.deadline = is_expected ? std::min(out_.deadline, ends) : out_.deadline;
    }
    out_.reached += count;
    table.places += count;
    table.targets.push_back({host, port, is_waiting});
    table.weights.push_back(weight);
}

std::uint32_t planner::find_host(std::string_view name, unsigned depth) {
    auto& hosts = out_.table.hosts;
    const auto known = std::find_if(hosts.begin(), hosts.end(), [name](const route_host& host) {
        return host.name == name;
    });
    const auto index = static_cast<std::uint32_t>(known - hosts.begin());
    if (known == hosts.end()) {
        hosts.emplace_back().name = name;
        host_states_.emplace_back();
        fill_host(index, depth);
    }
    return index;
}

void planner::fill_host(std::uint32_t index, unsigned depth) {
    auto& host = out_.table.hosts[index];
    auto& state = host_states_[index];
    std::vector<address> addresses;
    bool is_failed = false;
    bool is_aliased = false;
    for (const auto type : {record_type::aaaa, record_type::a}) {
        const auto family = type == record_type::a ? address_family::v4 : address_family::v6;
        // RFC 7984 3.1: a family the client cannot use is as if it were not there.
        if (!is_allowed(family)) {
            continue;
        }
        const auto at = find(host.name, type, depth);
        if (at.result == outcome::waiting) {
            state.is_waiting = true;
            state.asked_at = std::min(state.asked_at, at.asked_at);
        }
        is_failed = is_failed || at.result == outcome::failed;
        if (!at.answer) {
            continue;
        }
        has_host_ = has_host_ || at.answer->status != answer_status::no_such_name;
        is_aliased = is_aliased || at.is_aliased;
        const auto& some = at.answer->addresses;
        addresses.insert(addresses.end(), some.begin(), some.end());
        if (!some.empty()) {  // the end of "no AAAA" does not end the A records
            host.expires = std::min(host.expires, at.expires);
            host.is_stale = host.is_stale || at.is_stale;
            host.is_unproven = host.is_unproven || at.is_unproven;
            state.half_known_at = at.answered_at;
        }
    }
    if (addresses.empty() && is_failed && !state.is_waiting) {
        has_failed_ = true;
        warn(warning_kind::target_failed, host.name);
    }
    // RFC 2782: the target must not be an alias. It works nonetheless, so it is used.
    if (is_aliased && host.name != domain_ && !addresses.empty()) {
        warn(warning_kind::target_is_alias, host.name);
    }
    // RFC 7984 4: all addresses of one target before the next target, never interleaved.
    auto ordered = order_addresses(addresses, in_.options.source_addresses);
    if (ordered.size() > max_addresses_per_target) {
        warn(warning_kind::truncated, host.name);
        ordered.resize(max_addresses_per_target);
    }
    auto& all = out_.table.addresses;
    host.first_address = static_cast<std::uint32_t>(all.size());
    host.address_count = static_cast<std::uint16_t>(ordered.size());
    all.insert(all.end(), ordered.begin(), ordered.end());
}

planner::ending planner::find(std::string_view name, record_type type, unsigned depth) {
    ending at;
    at.asked_at = in_.now;
    if (name.size() > max_name_length) {  // a prefix made it longer than the DNS can carry
        at.result = outcome::none;
        return at;
    }
    const auto first = name;
    for (std::size_t links = 0;; ++links) {
        // RFC 1034 3.6.2: a recursor may leave a chain unfinished; then it is asked on at its end.
        if (links > max_aliases) {
            note_loop(first);
            at.result = outcome::none;
            return at;
        }
        explain_query(depth, name, type);
        const auto* item = in_.known.find(name, type);
        if (!item || item->state == question_state::open) {
            const bool is_asked = item || want(name, type);
            at.asked_at = item ? item->asked_at : in_.now;
            at.result = is_asked ? outcome::waiting : outcome::none;
            out_.is_waiting = out_.is_waiting || is_asked;
            return at;
        }
        explain_answer(depth + 1, *item);
        if (item->state == question_state::silent) {
            note_failure(errc::dns_timeout);
            at.result = outcome::failed;
            return at;
        }
        const auto& answer = *item->known.answer;
        at.expires = std::min(at.expires, item->known.expires);
        at.is_stale = at.is_stale || item->known.is_stale;
        at.is_unproven = at.is_unproven || !answer.is_authentic;
        at.answered_at = item->answered_at;
        at.is_aliased = at.is_aliased || !answer.alias_of.empty();
        note_end(item->known);
        if (answer.rejected_records != 0) {
            warn(warning_kind::records_rejected, name);
        }
        if (answer.status != answer_status::alias) {
            end_chain(at, first, answer);
            return at;
        }
        name = answer.alias_of;
    }
}

void planner::note_end(const known_answer& known) {
    const std::chrono::seconds life(known.answer->ttl_s);
    const auto half = known.expires - life / 2;
    const auto window = known.expires - std::max<std::chrono::seconds>(life / 10, renewal_window);
    const bool is_renewed = life >= 2 * renewal_window;
    const auto next = is_renewed && in_.now < half     ? half
                      : is_renewed && in_.now < window ? window
                      : is_renewed                     ? in_.now
                                                       : known.expires;
    out_.fresh_until = std::min(out_.fresh_until, next);
}

void planner::end_chain(ending& at, std::string_view name, const dns_answer& answer) {
    if (answer.status != answer_status::failed) {
        at.answer = &answer;
        // What was rejected existed: its place is not free for a fallback.
        const bool exists = answer.status == answer_status::found || answer.rejected_records != 0;
        at.result = exists ? outcome::found : outcome::none;
    } else if (answer.error == errc::alias_loop) {
        note_loop(name);
        at.result = outcome::none;
    } else {
        note_failure(answer.error);
        at.result = outcome::failed;
    }
}

void planner::note_failure(std::error_code error) {
    if (!first_failure_) {
        first_failure_ = error;
    }
}

void planner::note_loop(std::string_view name) {
    if (std::find(looped_.begin(), looped_.end(), name) == looped_.end()) {
        looped_.emplace_back(name);
        warn(warning_kind::target_alias_loop, name);
    }
}

/// @returns false when it cannot be asked, or the limit of questions is reached.
bool planner::want(std::string_view name, record_type type) {
    auto& fresh = out_.fresh;
    const bool is_known =
        in_.known.find(name, type) ||
        std::any_of(fresh.begin(), fresh.end(), [name, type](const question& asked) {
            return asked.type == type && asked.name == name;
        });
    if (is_known || name.size() > max_name_length) {
        return is_known;
    }
    if (in_.known.size() + fresh.size() >= max_questions) {
        warn(warning_kind::truncated, domain_);
        has_srv_ = true;  // something is left unasked: nothing else may stand in for it
        return false;
    }
    fresh.push_back({std::string(name), type});
    return true;
}

void planner::fail(errc reason) {
    if (!fixed_error_) {
        fixed_error_ = reason;
    }
}

void planner::warn(warning_kind kind, std::string_view subject) {
    add_warning(out_.warnings, kind, subject);
}

}  // namespace sipha::resolver::detail
