#include "dnsgen/model/topology.hpp"

#include <array>

namespace sipha::dnsgen {

const transport_words& words_of(transport_id id) {
    static constexpr std::array<transport_words, 3> words{{
        {transport_id::udp, "udp", "SIP+D2U", "_sip._udp", 5060},
        {transport_id::tcp, "tcp", "SIP+D2T", "_sip._tcp", 5060},
        {transport_id::tls, "tls", "SIPS+D2T", "_sips._tcp", 5061},
    }};
    return words[static_cast<std::size_t>(id)];
}

std::optional<dns_name> edge_name(const zone_settings& zone, const geo::edge& edge) {
    return dns_name::parse(edge.name.value, zone.name);
}

}  // namespace sipha::dnsgen
