#include "proxy/route/upstream_groups.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "proxy/sip/name_addr.hpp"
#include "proxy/sip/uri.hpp"

namespace sipha::route {

namespace {

/// The same number on every node, so that all send one key to one member. The last steps make every
/// bit count (Steele and others, 2014).
std::uint64_t hash_of(std::string_view text, std::uint64_t start) {
    auto hash = start ^ 0xcbf29ce484222325;
    for (const char c : text) {
        hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
    }
    hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9;
    hash = (hash ^ hash >> 27) * 0x94d049bb133111eb;
    return hash ^ hash >> 31;
}

std::uint64_t key_of(balance algorithm, const sip::message& request) {
    if (algorithm == balance::hash_call_id) {
        return hash_of(request.find(sip::header_id::call_id)->value, 0);
    }
    if (algorithm != balance::hash_from) {
        return 0;
    }
    const auto from = sip::parse_name_addr(request.find(sip::header_id::from)->value);
    const auto uri = from ? sip::parse_uri(from->uri) : std::nullopt;
    return uri ? hash_of(sip::canonical_aor(*uri), 0) : 0;
}

/// A member that came back a moment ago gets this much of its share at least.
constexpr double least_share = 0.05;

}  // namespace

upstream_group default_group(std::vector<std::string> uris) {
    upstream_group out;
    out.name = default_group_name;
    out.failures = 0;
    for (auto& uri : uris) {
        out.members.push_back({std::move(uri), 1, 0});
    }
    return out;
}

std::string_view to_string(member_state state) {
    switch (state) {
        case member_state::up:
            return "up";
        case member_state::down:
            return "down";
        case member_state::draining:
            return "draining";
    }
    return {};
}

upstream_groups::upstream_groups(std::vector<upstream_group> groups, parts with, std::uint64_t salt)
    : with_(with), salt_(salt) {
    reconfigure(std::move(groups));
}

void upstream_groups::reconfigure(std::vector<upstream_group> groups) {
    auto before = std::exchange(groups_, {});
    deadline_ = timing::never;
    located_.clear();
    for (auto& options : groups) {
        const auto old = std::find_if(before.begin(), before.end(), [&](const auto& one) {
            return one.what.name == options.name;
        });
        group made;
        for (const auto& what : options.members) {
            member one;
            if (old != before.end()) {
                const auto known =
                    std::find_if(old->members.begin(), old->members.end(), [&](const auto& each) {
                        return each.what.uri == what.uri;
                    });
                one = known == old->members.end() ? member() : *known;
            }
            one.what = what;
            // A probe or lookup under way ends unheard; the next one is due at once.
            one.probe = 0;
            one.query = 0;
            one.probe_limit = timing::never;
            one.probe_at =
                options.probe.interval.count() == 0 ? timing::never : timing::time_point();
            if (const auto hop = with_.targets.literal_hop(what.uri)) {
                one.is_literal = true;
                one.hops = {*hop};
            }
            // Without probes nobody would find it back.
            one.retry_at =
                one.is_down && one.probe_at == timing::never ? timing::time_point() : timing::never;
            arm(std::min(one.probe_at, one.retry_at));
            made.members.push_back(std::move(one));
        }
        made.what = std::move(options);
        groups_.push_back(std::move(made));
    }
    index_places();
}

void upstream_groups::index_places() {
    places_.clear();
    for (std::uint32_t in = 0; in < groups_.size(); ++in) {
        for (std::uint32_t at = 0; at < groups_[in].members.size(); ++at) {
            for (const auto& hop : groups_[in].members[at].hops) {
                places_[hop.remote].push_back({in, at});
            }
        }
    }
}

double upstream_groups::share_of(const group& in, const member& one, timing::time_point now) {
    const bool counts = in.what.algorithm != balance::round_robin;
    const double weight = counts ? one.what.weight : 1;
    const timing::duration ramp = in.what.slow_start;
    const auto age = now - one.up_since;
    if (one.up_since == timing::time_point() || age >= ramp) {
        return weight;
    }
    const auto part = static_cast<double>(age.count()) / static_cast<double>(ramp.count());
    return weight * std::max(least_share, part);
}

double upstream_groups::rank_of(
    const group& in, const member& one, timing::time_point now, std::uint64_t key
) {
    switch (in.what.algorithm) {
        case balance::in_order:
            return 0;
        case balance::round_robin:
        case balance::weighted:
            return one.current;
        case balance::least_calls:
            return -(one.calls + 1.0) / share_of(in, one, now);
        case balance::hash_call_id:
        case balance::hash_from: {
            // Rendezvous hashing with weights: a lost member's keys spread over the others, and
            // nobody else's move.
            const auto bits = hash_of(one.what.uri, key) >> 11;
            const auto drawn = (static_cast<double>(bits) + 0.5) / 9007199254740992.0;
            return share_of(in, one, now) / -std::log2(drawn);
        }
    }
    return 0;
}

void upstream_groups::append_hops(const member& one, std::vector<next_hop>& out) {
    if (one.hops.empty()) {
        out.push_back({std::nullopt, one.what.uri});
        return;
    }
    for (const auto& hop : one.hops) {
        if (out.size() < max_hops_of_request) {
            out.push_back({hop, {}});
        }
    }
}

void upstream_groups::pick(
    timing::time_point now,
    std::size_t which,
    const sip::message& request,
    std::vector<next_hop>& out
) {
    struct candidate {
        member* one = nullptr;
        double rank = 0;
    };
    auto& in = groups_[which];
    std::array<candidate, max_group_members> ordered;
    std::size_t count = 0;
    const auto take = [&](bool is_down) {
        for (auto& one : in.members) {
            if (!one.is_draining && one.is_down == is_down && count < ordered.size()) {
                ordered[count++].one = &one;
            }
        }
    };
    take(false);
    if (count == 0) {
        // A wrong judgement must not cut everybody off: better a member that is thought lost.
        take(true);
    }
    if (count == 0) {
        return;
    }
    auto best = ordered[0].one->what.priority;
    for (std::size_t i = 1; i < count; ++i) {
        best = std::min(best, ordered[i].one->what.priority);
    }
    const bool takes_turns =
        in.what.algorithm == balance::round_robin || in.what.algorithm == balance::weighted;
    const auto key = key_of(in.what.algorithm, request);
    double total = 0;
    for (std::size_t i = 0; i < count; ++i) {
        auto& one = *ordered[i].one;
        if (takes_turns && one.what.priority == best) {
            const auto share = share_of(in, one, now);
            one.current += share;
            total += share;
        }
        ordered[i].rank = rank_of(in, one, now, key);
    }
    // Equal ones stay in the order of the list, which `one` tells.
    std::sort(
        ordered.begin(),
        ordered.begin() + static_cast<std::ptrdiff_t>(count),
        [](const candidate& left, const candidate& right) {
            if (left.one->what.priority != right.one->what.priority) {
                return left.one->what.priority < right.one->what.priority;
            }
            return left.rank != right.rank ? left.rank > right.rank : left.one < right.one;
        }
    );
    auto& chosen = *ordered[0].one;
    chosen.current -= total;
    ++chosen.counts.picked;
    for (std::size_t i = 0; i < count && out.size() < max_hops_of_request; ++i) {
        append_hops(*ordered[i].one, out);
    }
}

bool upstream_groups::set_use(std::string_view name, std::string_view uri, member_use use) {
    bool is_known = false;
    for (auto& in : groups_) {
        for (auto& one : in.members) {
            if (in.what.name == name && one.what.uri == uri) {
                one.is_draining = use == member_use::draining;
                is_known = true;
            }
        }
    }
    return is_known;
}

std::vector<member_view> upstream_groups::view() const {
    std::vector<member_view> out;
    for (const auto& in : groups_) {
        for (const auto& one : in.members) {
            auto view = one.counts;
            view.group = in.what.name;
            view.uri = one.what.uri;
            view.addresses = one.hops.size();
            view.calls = one.calls;
            view.state = one.is_draining ? member_state::draining
                         : one.is_down   ? member_state::down
                                         : member_state::up;
            out.push_back(view);
        }
    }
    return out;
}

// --- health --------------------------------------------------------------------------------------

void upstream_groups::lose(timing::time_point now, const group& in, member& one) {
    one.is_down = true;
    one.good = 0;
    one.current = 0;
    if (one.probe_at == timing::never) {
        one.retry_at = now + in.what.penalty;
        arm(one.retry_at);
    }
}

void upstream_groups::regain(timing::time_point now, member& one) {
    one.is_down = false;
    one.bad = 0;
    one.failed = 0;
    one.retry_at = timing::never;
    one.up_since = now;
}

void upstream_groups::hop_failed(
    timing::time_point now, const sip::endpoint& remote, int /*status*/
) {
    const auto known = places_.find(remote);
    if (known == places_.end()) {
        return;
    }
    for (const auto [group_index, index] : known->second) {
        const auto& in = groups_[group_index];
        auto& one = groups_[group_index].members[index];
        ++one.counts.failures;
        ++one.failed;
        if (one.is_down || in.what.failures == 0 || one.failed < in.what.failures) {
            continue;
        }
        lose(now, in, one);
        if (one.probe_at != timing::never && one.probe == 0 && one.query == 0) {
            one.probe_at = now;  // ask at once, and look its name up anew
            arm(now);
        }
    }
}

void upstream_groups::hop_answered(timing::time_point now, const sip::endpoint& remote) {
    const auto known = places_.find(remote);
    if (known == places_.end()) {
        return;
    }
    for (const auto [group_index, index] : known->second) {
        auto& one = groups_[group_index].members[index];
        one.failed = 0;
        if (one.is_down && one.probe_at == timing::never) {
            regain(now, one);
        }
    }
}

void upstream_groups::count_call(const sip::endpoint& remote, int change) {
    const auto known = places_.find(remote);
    if (known == places_.end()) {
        return;
    }
    for (const auto [group_index, index] : known->second) {
        auto& calls = groups_[group_index].members[index].calls;
        // A call may end after its member's address changed.
        if (change > 0 || calls > 0) {
            calls += change > 0 ? 1u : ~0u;
        }
    }
}

void upstream_groups::judge_probe(
    timing::time_point now, const group& in, member& one, bool is_good
) {
    ++one.counts.probes;
    if (is_good) {
        one.bad = 0;
        if (one.is_down && ++one.good >= in.what.probe.up) {
            regain(now, one);
        }
        return;
    }
    ++one.counts.probes_failed;
    one.good = 0;
    if (!one.is_down && ++one.bad >= in.what.probe.down) {
        lose(now, in, one);
    }
}

void upstream_groups::on_probe_ended(
    timing::time_point now, txn::client_handle client, int status
) {
    for (auto& in : groups_) {
        for (auto& one : in.members) {
            if (one.probe == client && client != 0) {
                one.probe = 0;
                one.probe_limit = timing::never;
                const auto& bad = in.what.probe.bad_statuses;
                judge_probe(now, in, one, std::find(bad.begin(), bad.end(), status) == bad.end());
                return;
            }
        }
    }
}

void upstream_groups::schedule_probe(timing::time_point now, place at) {
    const auto& in = groups_[at.group];
    auto& one = groups_[at.group].members[at.index];
    // Up to a tenth earlier, another share each time and on each node, so that the probes of many
    // members and nodes do not meet.
    const timing::duration interval = in.what.probe.interval;
    const auto share = hash_of(one.what.uri, salt_ + next_probe_) >> 44;
    one.probe_at = now + interval - interval / 10 * share / (1 << 20);
    arm(one.probe_at);
}

void upstream_groups::send_probe(timing::time_point now, place at, sip::outbox& messages) {
    const auto& in = groups_[at.group];
    auto& one = groups_[at.group].members[at.index];
    if (one.hops.empty()) {
        judge_probe(now, in, one, false);  // its name has no address
        return;
    }
    // Addresses of one name take turns.
    const auto& hop = one.hops[one.counts.probes % one.hops.size()];
    const auto number = std::to_string(next_probe_++);
    std::string us = "<sip:";
    const auto& ours = with_.us.listener(hop.listener);
    sip::append_hostport(us, ours.ip, ours.port);
    us += '>';
    const auto tag = std::to_string(hash_of(number, salt_));
    const auto lines = "From: " + us + ";tag=" + tag + "\r\nTo: <" + one.what.uri +
                       ">\r\nCall-ID: probe-" + tag + "\r\nCSeq: 1 OPTIONS\r\n";
    one.probe = send_own_request(
        now,
        {sip::method::options, one.what.uri, lines, hop, at.group},
        with_.us,
        with_.transactions,
        messages
    );
    if (one.probe == 0) {
        return;  // no room for transactions: that says nothing about the member
    }
    one.probe_limit = now + in.what.probe.timeout;
    arm(one.probe_limit);
}

void upstream_groups::begin_probe(
    timing::time_point now, place at, sip::outbox& messages, std::vector<lookup>& lookups
) {
    auto& one = groups_[at.group].members[at.index];
    schedule_probe(now, at);
    if (one.is_literal) {
        send_probe(now, at, messages);
        return;
    }
    if (one.query == 0) {
        // The resolver remembers answers for their TTL, so asking each time follows every change.
        one.query = next_query_++ | own_request_flag;
        lookups.push_back({one.query, one.what.uri});
    }
}

void upstream_groups::on_located(
    timing::time_point now, std::uint64_t query, const std::vector<sip::endpoint>& found
) {
    for (std::uint32_t in = 0; in < groups_.size(); ++in) {
        for (std::uint32_t at = 0; at < groups_[in].members.size(); ++at) {
            auto& one = groups_[in].members[at];
            if (one.query != query) {
                continue;
            }
            one.query = 0;
            std::vector<sip::hop> hops;
            for (const auto& remote : found) {
                const auto listener = with_.us.listener_for(remote);
                if (listener && hops.size() < max_member_addresses) {
                    hops.push_back({*listener, remote, 0});
                }
            }
            // While the DNS fails, the addresses known so far are better than none.
            if (!hops.empty()) {
                one.hops = std::move(hops);
                index_places();
            }
            if (one.probe == 0) {
                located_.push_back({in, at});
                arm(now);
            }
            return;
        }
    }
}

void upstream_groups::advance(
    timing::time_point now, sip::outbox& messages, std::vector<lookup>& lookups
) {
    if (now < deadline_) {
        return;
    }
    deadline_ = timing::never;
    for (const auto at : std::exchange(located_, {})) {
        send_probe(now, at, messages);
    }
    for (std::uint32_t in = 0; in < groups_.size(); ++in) {
        for (std::uint32_t index = 0; index < groups_[in].members.size(); ++index) {
            auto& one = groups_[in].members[index];
            if (one.probe_limit <= now) {
                const auto late = std::exchange(one.probe, 0);
                one.probe_limit = timing::never;
                with_.transactions.abandon_client(late);
                judge_probe(now, groups_[in], one, false);
            }
            if (one.retry_at <= now) {
                regain(now, one);
            }
            if (one.probe_at <= now && one.probe == 0) {
                begin_probe(now, {in, index}, messages, lookups);
            } else if (one.probe_at <= now) {
                schedule_probe(now, {in, index});
            }
            arm(std::min({one.probe_at, one.probe_limit, one.retry_at}));
        }
    }
}

}  // namespace sipha::route
