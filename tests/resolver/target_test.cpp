#include "sipha/resolver/target.hpp"

#include <gtest/gtest.h>
#include <sipha/resolver/errors.hpp>

#include <set>

namespace sipha::resolver {
namespace {

TEST(Address, RefusesEverythingThatIsNotOneAddress) {
    for (const auto* text : {"", "192.0.2", "192.0.2.256", " ::1", "[::1]", "::1%lo", "a.ex"}) {
        EXPECT_FALSE(address::parse(text)) << text;
    }
    EXPECT_EQ(address::parse("2001:DB8:0::1")->to_string(), "2001:db8::1");
}

TEST(Transport, NamesRoundTripWithoutCase) {
    for (const auto value :
         {transport::udp, transport::tcp, transport::tls, transport::ws, transport::wss}) {
        EXPECT_EQ(parse_transport(name(value)), value);
    }
    EXPECT_EQ(parse_transport("WSS"), transport::wss);
    EXPECT_FALSE(parse_transport("sctp"));
}

TEST(Candidate, PrintsV6InBrackets) {
    candidate place;
    place.transport = transport::tls;
    place.ip = *address::parse("2001:db8::1");
    place.port = 5061;
    EXPECT_EQ(place.to_string(), "tls:[2001:db8::1]:5061");
}

TEST(Errors, EachHasItsOwnSentence) {
    std::set<std::string> sentences;
    const int last = static_cast<int>(errc::aborted);
    for (int value = 1; value <= last; ++value) {
        sentences.insert(make_error_code(static_cast<errc>(value)).message());
    }
    EXPECT_EQ(sentences.size(), static_cast<std::size_t>(last));
    EXPECT_FALSE(sentences.contains(resolver_category().message(last + 1)));
    EXPECT_TRUE(is_dns_failure(errc::dns_timeout));
    EXPECT_FALSE(is_dns_failure(errc::not_found));
}

}  // namespace
}  // namespace sipha::resolver
