#include "proxy/sip/header_id.hpp"

#include <gtest/gtest.h>

#include <string>

#include "proxy/sip/method.hpp"

namespace sipha::sip {
namespace {

TEST(HeaderId, EveryNameIsFoundInAnyCase) {
    for (std::size_t i = 0; i + 1 < header_id_count; ++i) {
        const auto id = static_cast<header_id>(i);
        std::string name(to_text(id));
        ASSERT_FALSE(name.empty()) << i;
        EXPECT_EQ(parse_header_id(name), id) << name;
        for (auto& c : name) {
            c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
        }
        EXPECT_EQ(parse_header_id(name), id) << name;
        EXPECT_EQ(parse_header_id(name + "x"), header_id::other) << name;
    }
}

TEST(HeaderId, CompactFormsOfRfc3261AreKnown) {
    const std::pair<std::string_view, header_id> forms[] = {
        {"i", header_id::call_id},
        {"m", header_id::contact},
        {"e", header_id::content_encoding},
        {"l", header_id::content_length},
        {"c", header_id::content_type},
        {"f", header_id::from},
        {"s", header_id::subject},
        {"k", header_id::supported},
        {"t", header_id::to},
        {"v", header_id::via},
        {"o", header_id::event},
        {"u", header_id::allow_events},
        {"r", header_id::refer_to},
        {"b", header_id::referred_by},
        {"x", header_id::session_expires},
        {"V", header_id::via},
    };
    for (const auto& [name, id] : forms) {
        EXPECT_EQ(parse_header_id(name), id) << name;
    }
    EXPECT_EQ(parse_header_id("z"), header_id::other);
}

TEST(HeaderId, AnythingElseIsOther) {
    EXPECT_EQ(parse_header_id(""), header_id::other);
    EXPECT_EQ(parse_header_id("Call-IE"), header_id::other);
    EXPECT_EQ(parse_header_id(std::string(500, 'a')), header_id::other);
}

TEST(Method, NamesAreCaseSensitive) {
    for (int i = 0; i < static_cast<int>(method::other); ++i) {
        const auto value = static_cast<method>(i);
        EXPECT_EQ(parse_method(to_text(value)), value);
    }
    EXPECT_EQ(to_text(method::register_), "REGISTER");
    EXPECT_EQ(parse_method("invite"), method::other);
    EXPECT_EQ(parse_method(""), method::other);
    EXPECT_EQ(parse_method("INVITEE"), method::other);
}

}  // namespace
}  // namespace sipha::sip
