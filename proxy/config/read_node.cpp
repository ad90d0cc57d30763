#include <algorithm>

#include "proxy/config/section.hpp"
#include "proxy/sip/text.hpp"
#include "proxy/sip/uri.hpp"

namespace sipha::config {

namespace {

void read_domain(const value& item, std::vector<std::string>& domains) {
    std::string domain;
    if (!item.string(domain, 253)) {
        return;
    }
    const auto text = "sip:" + domain;
    const auto uri = sip::parse_uri(text);
    if (!uri || uri->host != domain || uri->is_ipv6 || geo::ip_address::parse(domain)) {
        item.error(
            rule::domain, "'" + domain + "' is not a host name; write one such as example.com"
        );
        return;
    }
    // Host names are compared without case (RFC 3261 19.1.4).
    const auto is_known = [&](const std::string& known) {
        return sip::equal_ignoring_case(known, domain);
    };
    if (std::any_of(domains.begin(), domains.end(), is_known)) {
        item.error(rule::duplicate, "'" + domain + "' is listed twice; keep one");
    }
    domains.push_back(std::move(domain));
}

}  // namespace

void read_node(object& root, daemon_options& out) {
    object o(root.required("node"));
    o.required("id").integer(out.node.cluster.self.value, 1, 65535);
    o.required("name").string(out.node.name, 64);
}

void read_domains(object& root, daemon_options& out) {
    const auto domains = root.required("domains");
    if (domains.list([&](const value& item) { read_domain(item, out.node.domains); }, 100)) {
        refuse_empty(domains, "name at least one domain");
    }
}

}  // namespace sipha::config
