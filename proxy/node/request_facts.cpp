#include "proxy/node/request_facts.hpp"

#include <algorithm>

#include "proxy/sip/text.hpp"
#include "proxy/sip/values.hpp"

namespace sipha::proxy {

bool is_keepalive(std::string_view bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](char c) {
        return c == '\r' || c == '\n' || c == '\0';
    });
}

bool is_behind_nat(const sip::message& request, const sip::hop& from) {
    const auto* const via = request.top_via();
    const auto sent_by = geo::ip_address::parse(via->host);
    return sip::is_reliable(from.remote.transport) || sent_by != from.remote.ip ||
           via->port.value_or(sip::default_port(from.remote.transport)) != from.remote.port;
}

bool has_no_hops_left(const sip::message& request) {
    const auto* hops = request.find(sip::header_id::max_forwards);
    return hops != nullptr && sip::parse_uint(hops->value) == 0u;
}

}  // namespace sipha::proxy
