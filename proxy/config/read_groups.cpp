#include <algorithm>

#include "proxy/config/section.hpp"

namespace sipha::config {

namespace {

using namespace std::chrono_literals;

void read_member(const value& item, route::upstream_group& group) {
    object o(item);
    route::upstream_member member;
    const auto uri = o.required("uri");
    const bool is_usable = read_upstream_uri(uri, member.uri);
    o.optional("weight").integer(member.weight, 1, 1000);
    o.optional("priority").integer(member.priority, 0, 1000);
    if (!is_usable) {
        return;
    }
    if (std::any_of(group.members.begin(), group.members.end(), [&](const auto& known) {
            return known.uri == member.uri;
        })) {
        uri.error(rule::duplicate, "'" + member.uri + "' is listed twice in its group; keep one");
    }
    group.members.push_back(std::move(member));
}

void read_probe(const value& where, route::probe_options& probe) {
    if (!where.is_present()) {
        return;
    }
    object o(where);
    o.required("interval").duration(probe.interval, 1s, 1h);
    o.optional("timeout").duration(probe.timeout, 100ms, 30s);
    o.optional("up").integer(probe.up, 1, 100);
    o.optional("down").integer(probe.down, 1, 100);
    const auto bad = o.optional("bad_statuses");
    if (bad.is_present()) {
        probe.bad_statuses.clear();
        bad.list(
            [&](const value& item) {
                int status = 0;
                if (item.integer(status, 300, 699)) {
                    probe.bad_statuses.push_back(status);
                }
            },
            32
        );
        // Silence always is a failure.
        probe.bad_statuses.push_back(408);
        probe.bad_statuses.push_back(503);
    }
}

}  // namespace

void read_groups(const value& list, daemon_options& out) {
    auto& groups = out.node.groups;
    const auto read = [&](const value& item) {
        object o(item);
        route::upstream_group group;
        const auto name = o.required("name");
        name.string(group.name, 64);
        using enum route::balance;
        o.optional("balance").one_of(
            group.algorithm,
            {{"in_order", in_order},
             {"round_robin", round_robin},
             {"weighted", weighted},
             {"hash_call_id", hash_call_id},
             {"hash_from", hash_from}}
        );
        const auto members = o.required("members");
        if (members.list(
                [&](const value& each) { read_member(each, group); }, route::max_group_members
            )) {
            refuse_empty(members, "add a member such as {uri: \"sip:192.0.2.1\"}");
        }
        read_probe(o.optional("probe"), group.probe);
        o.optional("failures").integer(group.failures, 0, 1000);
        o.optional("penalty").duration(group.penalty, 1s, 1h);
        o.optional("slow_start").duration(group.slow_start, 0s, 1h);
        if (group.name == "local" || group.name.find(' ') != std::string::npos) {
            name.error(
                rule::routing,
                "'" + geo::yaml::printable(group.name) +
                    "' cannot name a group; use one word other than local"
            );
        }
        if (std::any_of(groups.begin(), groups.end(), [&](const auto& known) {
                return known.name == group.name;
            })) {
            name.error(
                rule::duplicate,
                "'" + geo::yaml::printable(group.name) +
                    "' names two groups (`upstream` makes the group default); rename one"
            );
        }
        groups.push_back(std::move(group));
    };
    list.list(read, route::max_upstream_groups - 1);
}

}  // namespace sipha::config
