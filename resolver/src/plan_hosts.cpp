#include <algorithm>
#include <utility>

#include "resolver/src/address_order.hpp"
#include "resolver/src/names.hpp"
#include "resolver/src/plan.hpp"

/// The part of the plan that turns names into addresses and candidates.
namespace sipha::resolver::detail {

bool planner::is_allowed(address_family family) const {
    return options_.families == family_use::any ||
           (options_.families == family_use::v4_only) == (family == address_family::v4);
}

void planner::follow_addresses_of_domain(const std::vector<transport>& choices, place from) {
    if (choices.empty()) {
        fail(absent_.empty() ? errc::transport_unsupported : errc::service_not_available);
        return;
    }
    from.depth = 1;
    for (const auto choice : choices) {
        from.transport = choice;
        follow_hosts(domain_, uri_.port.value_or(default_port(choice)), from);
    }
}

void planner::follow_hosts(const std::string& host, std::uint16_t port, place from) {
    std::vector<address> addresses;
    bool is_waiting = false;
    bool is_failed = false;
    bool is_aliased = false;
    for (const auto type : {record_type::aaaa, record_type::a}) {
        const auto family = type == record_type::a ? address_family::v4 : address_family::v6;
        // RFC 7984 3.1: a family the client cannot use is as if it were not there.
        if (!is_allowed(family)) {
            continue;
        }
        const auto at = find(host, type, from.depth);
        is_waiting = is_waiting || at.result == outcome::waiting;
        is_failed = is_failed || at.result == outcome::failed;
        if (at.answer) {
            has_host_ = has_host_ || at.answer->status != answer_status::no_such_name;
            is_aliased = is_aliased || at.is_aliased;
            const auto& some = at.answer->addresses;
            addresses.insert(addresses.end(), some.begin(), some.end());
            if (!some.empty()) {  // the end of "no AAAA" does not end the A records
                from.expires = std::min(from.expires, at.expires);
                from.is_stale = from.is_stale || at.is_stale;
            }
        }
    }
    if (addresses.empty() && is_failed && !is_waiting) {
        has_failed_ = true;
        warn(warning_kind::target_failed, host);
    }
    // RFC 2782: the target must not be an alias. It works nonetheless, so it is used.
    if (is_aliased && host != domain_ && !addresses.empty()) {
        warn(warning_kind::target_is_alias, host);
    }
    // RFC 7984 4: all addresses of one target before the next target, never interleaved.
    auto ordered = order_addresses(addresses);
    if (ordered.size() > max_addresses_per_target) {
        warn(warning_kind::truncated, host);
        ordered.resize(max_addresses_per_target);
    }
    for (std::size_t index = 0; index < ordered.size(); ++index) {
        from.rank.address = static_cast<std::uint16_t>(index);
        add(ordered[index], port, from, host);
    }
}

planner::ending planner::find(const std::string& name, record_type type, unsigned depth) {
    ending at;
    question asked{name, type};
    for (std::size_t links = 0;;) {
        if (is_explaining()) {
            explain(depth, step_kind::query, asked.name + ' ' + std::string(resolver::name(type)));
        }
        const auto known = known_.find(asked);
        if (known == known_.end()) {
            want(asked);
            return at;
        }
        note_answer(depth + 1, asked, known->second);
        const auto& answer = *known->second.answer;
        at.expires = std::min(at.expires, known->second.expires);
        at.is_stale = at.is_stale || known->second.is_stale;
        at.is_aliased = at.is_aliased || !answer.alias_of.empty();
        if (answer.rejected_records != 0) {
            warn(warning_kind::records_rejected, asked.name);
        }
        if (answer.status != answer_status::alias) {
            const bool is_loop =
                answer.status == answer_status::failed && answer.error == errc::alias_loop;
            if (is_loop && looped_.insert(name).second) {
                warn(warning_kind::target_alias_loop, name);
            }
            if (answer.status == answer_status::failed && !is_loop && !first_failure_) {
                first_failure_ = answer.error;
            }
            at.answer = answer.status == answer_status::failed ? nullptr : &answer;
            at.result = answer.status == answer_status::found || answer.rejected_records != 0
                            ? outcome::found
                        : answer.status == answer_status::failed && !is_loop ? outcome::failed
                                                                             : outcome::none;
            return at;
        }
        // RFC 1034 3.6.2: the recursor left the chain unfinished; go on at its end.
        if (++links > max_aliases) {
            if (looped_.insert(name).second) {
                warn(warning_kind::target_alias_loop, name);
            }
            at.result = outcome::none;
            return at;
        }
        asked.name = answer.alias_of;
    }
}

void planner::want(const question& asked) {
    if (wanted_.size() >= max_questions) {
        warn(warning_kind::truncated, domain_);
    } else if (wanted_.insert(asked).second) {
        out_.missing.push_back(asked);
    }
}

void planner::add(const address& ip, std::uint16_t port, const place& at, std::string_view host) {
    auto& list = out_.found.candidates;
    const bool is_known = std::any_of(list.begin(), list.end(), [&](const candidate& other) {
        return other.transport == at.transport && other.ip == ip && other.port == port;
    });
    if (is_known) {
        return;  // the earlier one has the better rank
    }
    if (list.size() >= max_candidates) {
        warn(warning_kind::truncated, domain_);
        return;
    }
    candidate found;
    found.transport = at.transport;
    found.ip = ip;
    found.port = port;
    found.tls_name = tls_name_;
    found.srv_target = host;
    found.rank = at.rank;
    found.expires = at.expires;
    found.is_stale = at.is_stale;
    if (is_explaining()) {
        explain(at.depth, step_kind::candidate, found.to_string());
    }
    list.push_back(std::move(found));
}

void planner::fail(errc reason) {
    if (!fixed_error_) {
        fixed_error_ = reason;
    }
}

void planner::warn(warning_kind kind, std::string_view subject) {
    warning entry{kind, std::string(subject)};
    auto& list = out_.found.warnings;
    if (std::find(list.begin(), list.end(), entry) == list.end()) {
        list.push_back(std::move(entry));
    }
}

void planner::explain(unsigned depth, step_kind kind, std::string text) {
    if (is_explaining()) {
        out_.found.steps.push_back({depth, kind, std::move(text)});
    }
}

void planner::note_answer(unsigned depth, const question& asked, const known_answer& known) {
    if (!is_explaining()) {
        return;
    }
    const auto& answer = *known.answer;
    const auto ttl = " ttl " + std::to_string(answer.ttl_s);
    const auto via = answer.alias_of.empty() ? std::string() : " via alias " + answer.alias_of;
    switch (answer.status) {
        case answer_status::found: {
            const auto count = answer.addresses.size() + answer.srv.size() + answer.naptr.size();
            std::string text = std::to_string(count) + " records" + ttl + via;
            for (const auto& ip : answer.addresses) {
                text += ' ' + ip.to_string();
            }
            explain(depth, step_kind::answer, std::move(text));
            break;
        }
        case answer_status::alias:
            explain(
                depth, step_kind::answer, asked.name + " is an alias of " + answer.alias_of + ttl
            );
            break;
        case answer_status::no_data:
            explain(depth, step_kind::answer, "no such record" + ttl + via);
            break;
        case answer_status::no_such_name:
            explain(depth, step_kind::answer, "no such name" + ttl + via);
            break;
        case answer_status::failed:
            explain(depth, step_kind::answer, "failed: " + answer.error.message());
            break;
    }
}

}  // namespace sipha::resolver::detail
