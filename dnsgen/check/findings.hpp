#pragma once

#include <string>
#include <string_view>

#include "dnsgen/check/rules.hpp"
#include "dnsgen/model/topology.hpp"
#include "geo/yaml/diagnostics.hpp"

namespace sipha::dnsgen {

/// Where checks report: it leaves out the warnings that the topology allows.
class findings {
  public:
    findings(const topology& what, geo::yaml::diagnostics& diag) : what_(what), diag_(diag) {}

    void error(geo::text_position at, std::string_view rule, std::string text) {
        diag_.error(at, rule, std::move(text));
    }
    void warning(geo::text_position at, std::string_view rule, std::string text) {
        for (const auto& allowed : what_.allowed) {
            if (allowed.rule.value == rule) {
                return;
            }
        }
        diag_.warning(at, rule, std::move(text));
    }

  private:
    const topology& what_;
    geo::yaml::diagnostics& diag_;
};

/// SOA, name servers, TTLs, names and transports.
void check_zone(const topology& what, findings& report);
/// Names, addresses, weights and transports of the edges.
void check_edges(const topology& what, findings& report);
/// Client prefixes, site orders, and what each region's clients would get.
void check_regions(const topology& what, findings& report);

}  // namespace sipha::dnsgen
