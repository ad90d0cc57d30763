#include "tests/bench/zones.hpp"

#include <string_view>

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

constexpr std::size_t many_targets = many_candidates / 2;

std::string many() {
    std::string text = "\n@ NAPTR 10 10 \"s\" \"SIP+D2U\" \"\" _sip._udp\n";
    text += "edge A 192.0.2.1\nedge AAAA 2001:db8::1\n";
    for (std::size_t index = 0; index < many_targets; ++index) {
        text += "_sip._udp SRV 10 10 " + std::to_string(5060 + index) + " edge\n";
    }
    return text;
}

}  // namespace

std::vector<zone_text> zones() {
    return {
        {"warm.test", std::string(warm)},
        {"apart.test", std::string(apart)},
        {"many.test", many()},
        {"load.test", std::string(load)},
        {"book.test", std::string(book)},
    };
}

}  // namespace sipha::bench
