#include "proxy/config/section.hpp"
#include "proxy/sip/uri.hpp"

namespace sipha::config {

namespace {

void read_upstream(const value& item, std::vector<std::string>& upstream) {
    std::string text;
    if (!item.string(text)) {
        return;
    }
    const auto uri = sip::parse_uri(text);
    if (!uri || !uri->is_sip() || uri->is_sips()) {
        item.error(
            rule::uri,
            "'" + geo::yaml::printable(text) +
                "' is not a sip: URI; write one such as sip:192.0.2.1:5060"
        );
        return;
    }
    const auto named = uri->params.value("transport");
    const auto transport = named ? sip::parse_transport(*named) : std::nullopt;
    if (named && !(transport && is_spoken(*transport))) {
        item.error(
            rule::uri,
            "'" + geo::yaml::printable(text) +
                "' names a transport that is not spoken here; use udp or tcp"
        );
        return;
    }
    upstream.push_back(std::move(text));
}

}  // namespace

void read_calls(object& root, daemon_options& out) {
    auto& policy = out.node.policy;
    read_prefixes(root.optional("trusted"), policy.trusted);
    using inbound = enum route::policy_options::inbound;
    root.optional("inbound").one_of(
        policy.inbound, {{"anyone", inbound::anyone}, {"trusted", inbound::trusted}}
    );
    root.optional("upstream")
        .list([&](const value& item) { read_upstream(item, out.node.upstream); }, 16);
    policy.has_upstream = !out.node.upstream.empty();
}

}  // namespace sipha::config
