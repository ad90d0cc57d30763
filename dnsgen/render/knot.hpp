#pragma once

#include <string>
#include <string_view>

#include "dnsgen/plan/records.hpp"
#include "dnsgen/render/file_set.hpp"

namespace sipha::dnsgen {

/// A text in double quotes for Knot's configuration grammar, where only `\"` is an escape and every
/// other backslash stands for itself.
std::string knot_quote(std::string_view text);

/// A record's data as a value of mod-geoip. The zone grammar reads it a second time after the
/// configuration grammar, so quotes and backslashes inside its strings are written as \034 and
/// \092, which the first grammar does not touch.
/// @param presentation as printed by ldns.
std::string knot_rdata(std::string_view presentation);

/// The differing record sets as mod-geoip's file in subnet mode: for each owner every prefix of the
/// region map, which is disjoint and covers both address families, so each answer's scope (RFC 7871
/// section 7.2.1) holds exactly the clients it is for. Empty when no set differs.
std::string render_knot_geo(const zone_plan& plan);

/// knot.conf, geo.conf and the base zone (the default region), under "knot/".
///
/// All paths are relative to the output directory: start the server there, with
/// `knotd -c current/knot/knot.conf`. It answers only, without recursion, transfers or notifies.
void render_knot(const zone_plan& plan, const output& settings, file_set& out);

}  // namespace sipha::dnsgen
