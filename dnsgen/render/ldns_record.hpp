#pragma once

#include <string>

#include "dnsgen/plan/records.hpp"

namespace sipha::dnsgen {

/// The records of a set as zone file lines with absolute names, each ended by a line feed, in
/// canonical order (RFC 4034 section 6.3). Built by ldns from numbers and octets, never from text,
/// because ldns wraps numbers in text silently.
/// @returns an empty text when ldns refuses the set (a string over 255 octets) or has no memory.
std::string zone_lines(const record_set& set);

/// The presentation form of each record's data, in the same order; empty on refusal.
std::vector<std::string> rdata_texts(const record_set& set);

}  // namespace sipha::dnsgen
