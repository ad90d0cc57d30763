#include "proxy/node/request_facts.hpp"

#include <algorithm>

#include "proxy/sip/text.hpp"
#include "proxy/sip/values.hpp"

namespace sipha::proxy {

std::optional<sip::via> top_via(const sip::message& message) {
    const auto* header = message.find(sip::header_id::via);
    if (header == nullptr) {
        return std::nullopt;
    }
    auto rest = header->value;
    const auto first = sip::next_value(rest);
    return first ? sip::parse_via(*first) : std::nullopt;
}

bool is_keepalive(std::string_view bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](char c) {
        return c == '\r' || c == '\n' || c == '\0';
    });
}

bool is_behind_nat(const sip::message& request, const sip::hop& from) {
    const auto via = top_via(request);
    const auto sent_by = geo::ip_address::parse(via->host);
    return sip::is_reliable(from.remote.transport) || sent_by != from.remote.ip ||
           via->port.value_or(sip::default_port(from.remote.transport)) != from.remote.port;
}

bool has_no_hops_left(const sip::message& request) {
    const auto* hops = request.find(sip::header_id::max_forwards);
    return hops != nullptr && sip::parse_uint(hops->value) == 0u;
}

}  // namespace sipha::proxy
