#include "dnsgen/render/render.hpp"

#include "dnsgen/render/knot.hpp"
#include "dnsgen/render/zone.hpp"

namespace sipha::dnsgen {

file_set render_outputs(const topology& from, const zone_plan& plan) {
    file_set result;
    for (const auto& region : plan.regions) {
        if (render_zone(region).empty()) {
            result.problem = "the zone of region '" + region.region + "' could not be rendered";
            return result;
        }
    }
    for (const auto& wanted : from.outputs) {
        switch (wanted.kind.value) {
            case output_kind::zones:
                for (const auto& region : plan.regions) {
                    result.files["zones/" + region.region + ".zone"] = render_zone(region);
                }
                break;
            case output_kind::knot:
                render_knot(plan, wanted, result);
                break;
        }
    }
    return result;
}

}  // namespace sipha::dnsgen
