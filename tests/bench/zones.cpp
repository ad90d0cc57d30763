#include "tests/bench/zones.hpp"

#include <array>

namespace sipha::bench {
namespace {

constexpr std::string_view warm = R"(
@          NAPTR 10 10 "s" "SIP+D2T" "" _sip._tcp
@          NAPTR 10 20 "s" "SIP+D2U" "" _sip._udp
_sip._tcp  SRV   10 60 5060 h1
_sip._tcp  SRV   10 20 5060 h3
_sip._udp  SRV   10 60 5060 h2
h1         A     192.0.2.1
h1         AAAA  2001:db8::1
h2         A     192.0.2.2
h2         AAAA  2001:db8::2
h3         A     192.0.2.3
h3         AAAA  2001:db8::3
h3         AAAA  2001:db8::33
)";

constexpr std::string_view apart = R"(
@          NAPTR 10 10 "s" "SIP+D2T" "" _sip._tcp
@          NAPTR 10 20 "s" "SIP+D2U" "" _sip._udp
_sip._tcp  SRV   10 60 5060 h1.warm.test.
_sip._tcp  SRV   10 20 5060 h3.warm.test.
_sip._udp  SRV   10 60 5060 h2.warm.test.
)";

constexpr std::string_view load = R"(
*          A     192.0.2.1
)";

constexpr std::string_view book = R"(
*          SRV   10 60 5060 edge1.frankfurt.book.test.
*          SRV   10 20 5060 edge2.frankfurt.book.test.
*          SRV   20 60 5060 edge3.frankfurt.book.test.
*          SRV   20 20 5060 edge4.frankfurt.book.test.
)";

constexpr std::array all{
    zone_text{"warm.test", warm},
    zone_text{"apart.test", apart},
    zone_text{"load.test", load},
    zone_text{"book.test", book},
};

}  // namespace

std::span<const zone_text> zones() {
    return all;
}

}  // namespace sipha::bench
