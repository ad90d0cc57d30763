#include "proxy/sip/message.hpp"

#include <gtest/gtest.h>

#include "proxy/sip/text.hpp"
#include "tests/proxy/sip/samples.hpp"

namespace sipha::sip {
namespace {

using samples::invite;
using samples::parsed;

parse_error error_of(std::string_view bytes) {
    const parsed result(bytes);
    EXPECT_TRUE(result.error.has_value()) << bytes;
    EXPECT_TRUE(result.view.bytes().empty());
    EXPECT_TRUE(result.view.headers().empty());
    EXPECT_EQ(result.view.find(header_id::via), nullptr);
    return result.error.value_or(parse_error::empty);
}

TEST(Message, RequestIsTakenApart) {
    const invite sample;
    const parsed result(sample.text());
    ASSERT_EQ(result.error, std::nullopt);
    const auto& view = result.view;
    EXPECT_TRUE(view.is_request());
    EXPECT_EQ(view.method(), method::invite);
    EXPECT_EQ(view.method_text(), "INVITE");
    EXPECT_EQ(view.request_uri(), "sip:bob@example.com");
    EXPECT_EQ(view.version(), "SIP/2.0");
    EXPECT_EQ(view.status(), 0);
    EXPECT_EQ(view.start_line(), sample.start);
    EXPECT_EQ(view.bytes(), result.bytes);
    EXPECT_EQ(view.body(), "v=0\n");
    EXPECT_EQ(view.headers().size(), 9u);
    EXPECT_EQ(std::string_view(view.header_end(), 6), "\r\nv=0\n");
    EXPECT_EQ(view.count(header_id::via), 2u);
    EXPECT_EQ(view.find(header_id::via, 1)->line, view.headers()[1].line);
    EXPECT_EQ(view.find(header_id::via, 2), nullptr);
    EXPECT_EQ(view.find(header_id::route), nullptr);
    EXPECT_EQ(view.find(header_id::call_id)->value, "call@pc.example.com");
}

TEST(Message, ResponseIsTakenApart) {
    const parsed result("SIP/2.0 486 Busy \xc3\xa4 Here\r\nv: x\r\n\r\n");
    ASSERT_EQ(result.error, std::nullopt);
    EXPECT_FALSE(result.view.is_request());
    EXPECT_EQ(result.view.status(), 486);
    EXPECT_EQ(result.view.reason(), "Busy \xc3\xa4 Here");
    EXPECT_EQ(result.view.method_text(), "");
}

TEST(Message, FoldedLinesAreOneField) {
    const parsed result(
        "A sip:b SIP/2.0\r\nSubject :\r\n I know\r\n\tyou're there \r\nTo: x\r\n\r\n"
    );
    ASSERT_EQ(result.error, std::nullopt);
    const auto* const subject = result.view.find(header_id::subject);
    ASSERT_NE(subject, nullptr);
    EXPECT_EQ(subject->name, "Subject");
    EXPECT_EQ(subject->value, "I know\r\n\tyou're there");
    EXPECT_EQ(subject->line, "Subject :\r\n I know\r\n\tyou're there \r\n");
    EXPECT_EQ(result.view.find(header_id::to)->line, "To: x\r\n");
}

TEST(Message, IsReusableAndForgetsThePreviousOne) {
    message reused;
    const auto first = invite{}.text();
    ASSERT_EQ(parse_message(first, reused), std::nullopt);
    const std::string second = "SIP/2.0 200 OK\r\nTo: x\r\n\r\n";
    ASSERT_EQ(parse_message(second, reused), std::nullopt);
    EXPECT_EQ(reused.headers().size(), 1u);
    EXPECT_EQ(reused.find(header_id::via), nullptr);
    EXPECT_EQ(reused.method(), method::other);
    EXPECT_EQ(reused.request_uri(), "");
}

TEST(Message, LineEndsBeforeTheStartLineAreSkipped) {
    const parsed result("\r\n\r\nSIP/2.0 200 OK\r\nTo: x\r\n\r\n");
    ASSERT_EQ(result.error, std::nullopt);
    EXPECT_EQ(result.view.bytes(), "SIP/2.0 200 OK\r\nTo: x\r\n\r\n");
    EXPECT_EQ(error_of(""), parse_error::empty);
    EXPECT_EQ(error_of("\r\n\r\n"), parse_error::empty);
}

TEST(Message, DatagramLongerThanContentLengthLosesTheRest) {
    const parsed result(invite{}.text() + "GARBAGE");
    ASSERT_EQ(result.error, std::nullopt);
    EXPECT_EQ(result.view.body(), "v=0\n");
    EXPECT_EQ(result.view.bytes(), invite{}.text());
}

TEST(Message, DatagramShorterThanContentLengthIsAnErrorThatCanBeAnswered) {
    const parsed result("A sip:b SIP/2.0\r\nTo: x\r\nl: 5\r\n\r\n1234");
    EXPECT_EQ(result.error, parse_error::truncated_body);
    EXPECT_EQ(result.view.find(header_id::to)->value, "x");
    EXPECT_EQ(result.view.body(), "1234");
    const parsed exact("A sip:b SIP/2.0\r\nTo: x\r\nl: 5\r\n\r\n12345");
    EXPECT_EQ(exact.error, std::nullopt);
}

TEST(Message, WithoutUsableContentLengthAllTheRestIsBody) {
    for (const auto* length : {"", "l: -1\r\n", "l: 2\r\nContent-Length: 1\r\n"}) {
        const parsed result("A sip:b SIP/2.0\r\n" + std::string(length) + "\r\nabc");
        ASSERT_EQ(result.error, std::nullopt) << length;
        EXPECT_EQ(result.view.body(), "abc");
    }
}

TEST(Message, StartLineThatIsNeitherKindIsAnError) {
    for (const auto* line :
         {"INVITE",
          "INVITE sip:a@b",
          " INVITE sip:a@b SIP/2.0",
          "INVITE SIP/2.0",
          "IN(VITE sip:a@b SIP/2.0",
          "INVITE sip:a@b HTTP/1.1",
          "INVITE sip:a@b SIP/2",
          "INVITE sip:a@b SIP/.0",
          "SIP/2.0",
          "SIP/2.0 200",
          "SIP/x 200 OK",
          "GARBAGE"}) {
        EXPECT_EQ(
            error_of(std::string(line) + "\r\nTo: x\r\n\r\n"), parse_error::malformed_start_line
        ) << line;
    }
    EXPECT_EQ(error_of("INVITE sip:a@b SIP/2.0"), parse_error::malformed_start_line);
}

TEST(Message, StatusCodeIsThreeDigitsFrom100To699) {
    for (const auto* code : {"099", "700", "20", "2000", "4294967496", "-20", "20x", ""}) {
        EXPECT_EQ(
            error_of("SIP/2.0 " + std::string(code) + " OK\r\nTo: x\r\n\r\n"),
            parse_error::malformed_status_code
        ) << code;
    }
    for (const auto* code : {"100", "699"}) {
        EXPECT_EQ(parsed("SIP/2.0 " + std::string(code) + " \r\n\r\n").error, std::nullopt);
    }
}

TEST(Message, SurplusSpacesInTheRequestLineAreMarked) {
    for (const auto* line :
         {"INVITE  sip:a@b SIP/2.0",
          "INVITE sip:a@b  SIP/2.0",
          "INVITE sip:a@b SIP/2.0 ",
          "INVITE sip:a@b; lr SIP/2.0"}) {
        const parsed result(std::string(line) + "\r\n\r\n");
        ASSERT_EQ(result.error, std::nullopt) << line;
        EXPECT_FALSE(result.view.start_line_is_exact()) << line;
        EXPECT_EQ(result.view.version(), "SIP/2.0");
    }
    EXPECT_TRUE(parsed("INVITE sip:a@b SIP/2.0\r\n\r\n").view.start_line_is_exact());
}

TEST(Message, LoneLineEndsAreErrors) {
    const std::string start = "A sip:b SIP/2.0\r\n";
    for (const auto* headers :
         {"To: x\nVia: y\r\n\r\n",
          "To: x\rVia: y\r\n\r\n",
          "To: x\r\r\n\r\n",
          "To: x\n\n",
          "To: x\r\nVia: \"a\\\nb\"\r\n\r\n"}) {
        EXPECT_EQ(error_of(start + headers), parse_error::stray_line_end) << headers;
    }
    EXPECT_EQ(error_of("A sip:b SIP/2.0\nTo: x\r\n\r\n"), parse_error::stray_line_end);
    EXPECT_EQ(error_of("A sip:b SIP/2.0\rTo: x\r\n\r\n"), parse_error::stray_line_end);
}

TEST(Message, ControlCharactersAreErrorsOutsideQuotedPairs) {
    const std::string start = "A sip:b SIP/2.0\r\n";
    for (int i = 0; i < 0x80; ++i) {
        const auto c = static_cast<char>(i);
        if (!is_control(c) || is_lws(c)) {
            continue;
        }
        const std::string raw(1, c);
        EXPECT_EQ(error_of("A sip:" + raw + " SIP/2.0\r\n\r\n"), parse_error::control_character)
            << i;
        EXPECT_EQ(error_of(start + "To: a" + raw + "\r\n\r\n"), parse_error::control_character);
        EXPECT_EQ(error_of(start + "To: \\" + raw + "\r\n\r\n"), parse_error::control_character);
        EXPECT_EQ(error_of(start + "To: \"" + raw + "\"\r\n\r\n"), parse_error::control_character);
        EXPECT_EQ(
            error_of(start + "To: \"\\\\" + raw + "\"\r\n\r\n"), parse_error::control_character
        );
        EXPECT_EQ(error_of(start + "T" + raw + ": a\r\n\r\n"), parse_error::malformed_header_name);
        EXPECT_EQ(parsed(start + "To: \"\\" + raw + "\" <sip:b>\r\n\r\n").error, std::nullopt);
        EXPECT_EQ(parsed(start + "User-Agent: x (\\" + raw + ")\r\n\r\n").error, std::nullopt);
    }
    EXPECT_EQ(error_of("A sip:b\t SIP/2.0\r\n\r\n"), parse_error::control_character);
}

TEST(Message, HeaderLineNeedsATokenAndAColon) {
    const std::string start = "A sip:b SIP/2.0\r\n";
    for (const auto* line : {"Foobar roobar", ": x", " To: x", "T o: x", "T\xc3\xb6: x", "To"}) {
        EXPECT_EQ(error_of(start + line + "\r\n\r\n"), parse_error::malformed_header_name) << line;
    }
    EXPECT_EQ(parsed(start + "To \t : x\r\n\r\n").view.find(header_id::to)->value, "x");
    EXPECT_EQ(parsed(start + "Empty:\r\n\r\n").view.headers()[0].value, "");
}

TEST(Message, EveryTruncationInFrontOfTheEmptyLineIsAnError) {
    const auto whole = invite{}.text();
    const auto headers_size = whole.size() - invite{}.body.size();
    message reused;
    for (std::size_t size = 0; size < headers_size; ++size) {
        EXPECT_NE(parse_message(whole.substr(0, size), reused), std::nullopt) << size;
    }
}

TEST(Message, HoldsExactlyMaxHeaders) {
    std::string text = "A sip:b SIP/2.0\r\n";
    for (std::size_t i = 0; i < max_headers; ++i) {
        text += "Ext: " + std::to_string(i) + "\r\n";
    }
    const parsed full(text + "\r\n");
    ASSERT_EQ(full.error, std::nullopt);
    EXPECT_EQ(full.view.headers().size(), max_headers);
    EXPECT_EQ(full.view.headers()[max_headers - 1].value, std::to_string(max_headers - 1));
    EXPECT_EQ(full.view.find(header_id::other, max_headers - 1), &full.view.headers().back());
    EXPECT_EQ(error_of(text + "To: x\r\n\r\n"), parse_error::too_many_headers);
}

TEST(ParseError, EveryValueHasASentence) {
    for (int i = 0; i <= static_cast<int>(parse_error::truncated_body); ++i) {
        EXPECT_GT(to_text(static_cast<parse_error>(i)).size(), 10u);
    }
}

}  // namespace
}  // namespace sipha::sip
