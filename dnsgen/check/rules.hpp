#pragma once

#include <string>
#include <string_view>

namespace sipha::dnsgen {

/// Rule ids of what only shows in a topology; the YAML reader adds its own.
namespace rule {
inline constexpr std::string_view ttl_extreme = "L012";
inline constexpr std::string_view name_syntax = "L015";
inline constexpr std::string_view name_repeats_zone = "L016";
inline constexpr std::string_view outside_zone = "L017";
inline constexpr std::string_view target_without_address = "L020";
inline constexpr std::string_view port_zero = "L023";
inline constexpr std::string_view port_unusual = "L029";
inline constexpr std::string_view weights_mixed_zero = "L030";
inline constexpr std::string_view weight_skew = "L031";
inline constexpr std::string_view too_many_targets = "L033";
inline constexpr std::string_view naptr_unknown = "L036";
inline constexpr std::string_view transport_mismatch = "L041";
inline constexpr std::string_view insecure_preferred = "L044";
inline constexpr std::string_view region_without_target = "L047";
inline constexpr std::string_view single_site = "L048";
inline constexpr std::string_view one_network = "L049";
inline constexpr std::string_view nearest_not_first = "L050";
inline constexpr std::string_view bad_order = "L051";
inline constexpr std::string_view unused_site = "L053";
inline constexpr std::string_view prefix_twice = "L054";
inline constexpr std::string_view same_answer_twice = "L055";
inline constexpr std::string_view default_missing = "L058";
inline constexpr std::string_view impossible_address = "L063";
inline constexpr std::string_view private_address = "L064";
inline constexpr std::string_view mapped_address = "L065";
inline constexpr std::string_view address_twice = "L066";
inline constexpr std::string_view family_gap = "L067";
inline constexpr std::string_view name_servers = "L070";
inline constexpr std::string_view soa_timers = "L071";
inline constexpr std::string_view serial_backwards = "L072";
inline constexpr std::string_view types_differ = "L073";
inline constexpr std::string_view name_twice = "L096";
inline constexpr std::string_view unknown_transport = "L097";
inline constexpr std::string_view unknown_rule = "L098";
inline constexpr std::string_view output_setting = "L099";
}  // namespace rule

/// The message for a text that is no domain name.
std::string bad_name_text(std::string_view text);

}  // namespace sipha::dnsgen
