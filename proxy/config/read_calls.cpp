#include <algorithm>
#include <utility>

#include "proxy/config/section.hpp"
#include "proxy/sip/uri.hpp"

namespace sipha::config {

bool read_upstream_uri(const value& item, std::string& text) {
    if (!item.string(text)) {
        return false;
    }
    const auto uri = sip::parse_uri(text);
    if (!uri || !uri->is_sip() || uri->is_sips()) {
        item.error(
            rule::uri,
            "'" + geo::yaml::printable(text) +
                "' is not a sip: URI; write one such as sip:192.0.2.1:5060"
        );
        return false;
    }
    const auto named = uri->params.value("transport");
    const auto transport = named ? sip::parse_transport(*named) : std::nullopt;
    if (named && !(transport && is_spoken(*transport))) {
        item.error(
            rule::uri,
            "'" + geo::yaml::printable(text) +
                "' names a transport that is not spoken here; use udp or tcp"
        );
        return false;
    }
    return true;
}

void read_calls(object& root, daemon_options& out) {
    auto& policy = out.node.policy;
    read_prefixes(root.optional("trusted"), policy.trusted);
    using inbound = enum route::policy_options::inbound;
    root.optional("inbound").one_of(
        policy.inbound, {{"anyone", inbound::anyone}, {"trusted", inbound::trusted}}
    );
    const auto upstream = root.optional("upstream");
    std::vector<std::string> uris;
    upstream.list(
        [&](const value& item) {
            std::string text;
            if (read_upstream_uri(item, text)) {
                uris.push_back(std::move(text));
            }
        },
        16
    );
    if (!uris.empty()) {
        out.node.groups.push_back(route::default_group(std::move(uris)));
    }
    read_groups(root.optional("groups"), out);
    auto& groups = out.node.groups;
    const auto main = std::find_if(groups.begin(), groups.end(), [](const auto& group) {
        return group.name == route::default_group_name;
    });
    policy.has_upstream = main != groups.end();
    if (policy.has_upstream) {
        std::rotate(groups.begin(), main, main + 1);  // policy_options: it is group 0
    }
    read_routing(root.optional("routing"), out);
}

}  // namespace sipha::config
