#include "dnsgen/render/zone.hpp"

#include "dnsgen/render/ldns_record.hpp"

namespace sipha::dnsgen {

std::string render_zone(const region_zone& zone) {
    std::string result;
    for (const auto& set : zone.sets) {
        const auto lines = zone_lines(set);
        if (lines.empty()) {
            return {};
        }
        result += lines;
    }
    return result;
}

}  // namespace sipha::dnsgen
