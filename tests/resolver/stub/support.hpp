#pragma once

#include <string>
#include <string_view>

#include "resolver/stub/answers.hpp"

namespace sipha::resolver::stub::test {

/// "192.0.2.1:5060@h1.ex 192.0.2.2:5060@h2.ex!" becomes places; '!' marks the dead, the host may
/// be missing. @throws std::invalid_argument for other text.
service make_service(transport of, std::string_view places);

/// The answer section of a reply as text, one record after the other: "1:5060:h1.ex" for SRV,
/// "10/10:SIP+D2U>_sip._udp.ex" for NAPTR, "192.0.2.1", "soa". "-" without records, "?" when
/// unlocated, "elsewhere" when it is for the DNS.
std::string text_of(const stub_reply& reply);
std::string text_of(const std::vector<stub_record>& records);

/// Asks by type name: "A", "AAAA", "SRV", "NAPTR", "SOA", "ANY", "MX".
stub_reply ask(const stub_answers& of, std::string_view name, std::string_view type);

}  // namespace sipha::resolver::stub::test
