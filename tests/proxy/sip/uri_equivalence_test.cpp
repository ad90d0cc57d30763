#include <gtest/gtest.h>

#include "proxy/sip/uri.hpp"

namespace sipha::sip {
namespace {

bool same(std::string_view a, std::string_view b) {
    const auto left = parse_uri(a), right = parse_uri(b);
    EXPECT_TRUE(left && right) << a << ' ' << b;
    const bool result = left && right && equivalent(*left, *right);
    EXPECT_EQ(result, left && right && equivalent(*right, *left)) << "not symmetric";
    return result;
}

TEST(UriEquivalence, ExamplesOfRfc3261ThatAreEquivalent) {
    EXPECT_TRUE(same("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp")
    );
    EXPECT_TRUE(same("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"));
    EXPECT_TRUE(same("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"));
    EXPECT_TRUE(same(
        "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
        "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"
    ));
    EXPECT_TRUE(same(
        "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
        "sip:alice@atlanta.com?priority=urgent&subject=project%20x"
    ));
}

TEST(UriEquivalence, ExamplesOfRfc3261ThatAreNot) {
    EXPECT_FALSE(same("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP")
    );
    EXPECT_FALSE(same("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"));
    EXPECT_FALSE(same("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"));
    EXPECT_FALSE(same("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"));
    EXPECT_FALSE(same("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"));
    EXPECT_FALSE(same("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"));
    // Equivalence is not transitive: both match the URI without the parameter.
    EXPECT_FALSE(same("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"));
}

TEST(UriEquivalence, SipAndSipsDiffer) {
    EXPECT_FALSE(same("sip:a@b", "sips:a@b"));
    EXPECT_TRUE(same("SIPS:a@b", "sips:a@b"));
}

TEST(UriEquivalence, ParametersThatMustBeInBoth) {
    for (const auto* parameter :
         {"user=ip", "ttl=1", "method=INVITE", "maddr=a", "transport=udp"}) {
        EXPECT_FALSE(same("sip:a@b", "sip:a@b;" + std::string(parameter))) << parameter;
        EXPECT_TRUE(same("sip:a@b;" + std::string(parameter), "sip:a@b;x;" + std::string(parameter))
        ) << parameter;
    }
    EXPECT_FALSE(same("sip:a@b", "sip:a@b;%75ser=phone"));
    EXPECT_TRUE(same("sip:a@b;%75ser=phone", "sip:a@b;user=PHONE"));
    EXPECT_TRUE(same("sip:a@b", "sip:a@b;lr"));
    EXPECT_FALSE(same("sip:a@b;user=phone", "sip:a@b;user=ip"));
}

TEST(UriEquivalence, RepeatedParameterDoesNotMakeAUriDifferFromItself) {
    EXPECT_TRUE(same("sip:a@b;x=1;x=2", "sip:a@b;x=1;x=2"));
    EXPECT_FALSE(same("sip:a@b;x=1;x=2", "sip:a@b;x=1"));
}

TEST(UriEquivalence, ReservedCharactersDifferFromTheirEscapes) {
    EXPECT_FALSE(same("sip:a%3Bb@c", "sip:a;b@c"));
    EXPECT_FALSE(same("sip:%2B49@c", "sip:+49@c"));
    EXPECT_TRUE(same("sip:%2B49@c", "sip:%2b49@c"));
    EXPECT_TRUE(same("sip:a%2Db@c", "sip:a-b@c"));
    EXPECT_FALSE(same("sip:%2541@c", "sip:A@c"));
    EXPECT_TRUE(same("sip:%c3%a4@c", "sip:%C3%A4@c"));
}

TEST(UriEquivalence, UserinfoIsComparedWithCaseAndPresence) {
    EXPECT_FALSE(same("sip:a:x@b", "sip:a:X@b"));
    EXPECT_FALSE(same("sip:a@b", "sip:a:@b"));
    EXPECT_FALSE(same("sip:a@b", "sip:b"));
    EXPECT_FALSE(same("sip:ab@c", "sip:a@c"));
}

TEST(UriEquivalence, Ipv6HostsAreComparedAsAddresses) {
    EXPECT_TRUE(same("sip:[2001:db8::1]", "sip:[2001:DB8:0:0::1]"));
    EXPECT_FALSE(same("sip:[2001:db8::1]", "sip:[2001:db8::2]"));
    EXPECT_FALSE(same("sip:[2001:db8::1]", "sip:[2001:db8::1]:5060"));
}

TEST(UriEquivalence, HeadersAreNeverIgnored) {
    EXPECT_TRUE(same("sip:a@b?X=y", "sip:a@b?x=Y"));
    EXPECT_FALSE(same("sip:a@b?x=y", "sip:a@b?x=z"));
    EXPECT_FALSE(same("sip:a@b?x=y", "sip:a@b?x=y&w=v"));
    EXPECT_FALSE(same("sip:a@b?x=", "sip:a@b"));
}

TEST(UriEquivalence, OtherSchemesAreComparedByOctet) {
    EXPECT_TRUE(same("TEL:+49", "tel:+49"));
    EXPECT_FALSE(same("tel:+49", "tel:+50"));
    EXPECT_FALSE(same("tel:a", "sip:a"));
}

}  // namespace
}  // namespace sipha::sip
