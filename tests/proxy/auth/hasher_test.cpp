#include "proxy/auth/hasher.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sipha::auth {
namespace {

std::string hash_of(algorithm which, std::initializer_list<std::string_view> parts) {
    const hasher hash;
    digest_text text{};
    return std::string(hash.hash_text(which, {parts.begin(), parts.size()}, text));
}

TEST(Hasher, KnownAnswersOfEachAlgorithm) {
    EXPECT_EQ(hash_of(algorithm::md5, {"abc"}), "900150983cd24fb0d6963f7d28e17f72");
    EXPECT_EQ(
        hash_of(algorithm::sha256, {"abc"}),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    EXPECT_EQ(
        hash_of(algorithm::sha512_256, {"abc"}),
        "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"
    );
}

TEST(Hasher, TheExamplesOfRfc7616Come) {
    // RFC 7616 3.9.1: the same request with MD5 and SHA-256.
    struct row {
        algorithm which;
        std::string_view response;
    };
    for (const auto& [which, response] : {
             row{algorithm::md5, "8ca523f5e9506fed4657c9700eebdbec"},
             row{algorithm::sha256,
                 "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
         }) {
        const auto ha1 = hash_of(which, {"Mufasa", "http-auth@example.org", "Circle of Life"});
        const auto ha2 = hash_of(which, {"GET", "/dir/index.html"});
        EXPECT_EQ(
            hash_of(
                which,
                {ha1,
                 "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
                 "00000001",
                 "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
                 "auth",
                 ha2}
            ),
            response
        );
    }
}

TEST(Hasher, HexadecimalGoesBothWaysAndRefusesTheRest) {
    std::array<std::uint8_t, 3> octets{0x00, 0xab, 0xff};
    std::array<char, 6> text{};
    EXPECT_EQ(to_hex(octets, text), "00abff");
    std::array<std::uint8_t, 3> back{};
    EXPECT_TRUE(from_hex("00ABff", back));
    EXPECT_EQ(back, octets);
    for (const auto* bad : {"", "00ab", "00abf", "00abfff", "00abfg", "00abf ", "0x00ab"}) {
        EXPECT_FALSE(from_hex(bad, back)) << bad;
    }
}

}  // namespace
}  // namespace sipha::auth
