#include "dnsgen/check/check.hpp"

#include <algorithm>

#include "dnsgen/check/findings.hpp"

namespace sipha::dnsgen {

namespace {

constexpr std::string_view warning_rules[] = {
    rule::ttl_extreme,
    rule::port_unusual,
    rule::weights_mixed_zero,
    rule::weight_skew,
    rule::too_many_targets,
    rule::insecure_preferred,
    rule::single_site,
    rule::one_network,
    rule::nearest_not_first,
    rule::unused_site,
    rule::same_answer_twice,
    rule::private_address,
    rule::family_gap,
};

void check_allowed(const topology& what, findings& report) {
    for (const auto& allowed : what.allowed) {
        const bool is_warning =
            std::find(std::begin(warning_rules), std::end(warning_rules), allowed.rule.value) !=
            std::end(warning_rules);
        if (!is_warning) {
            report.error(
                allowed.rule.at,
                rule::unknown_rule,
                "'" + geo::yaml::printable(allowed.rule.value) +
                    "' is not the id of a warning; only warnings can be allowed"
            );
        }
    }
}

}  // namespace

std::string bad_name_text(std::string_view text) {
    return "'" + geo::yaml::printable(text) +
           "' is not a domain name; use labels of 1 to 63 letters, digits, '-' and '_', not "
           "beginning or ending with '-', 253 characters in all";
}

void check_topology(const topology& what, geo::yaml::diagnostics& diag) {
    findings report(what, diag);
    check_allowed(what, report);
    check_zone(what, report);
    check_edges(what, report);
    check_regions(what, report);
}

}  // namespace sipha::dnsgen
