#include "proxy/sip/patch.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "proxy/sip/values.hpp"
#include "tests/proxy/sip/samples.hpp"

namespace sipha::sip {
namespace {

using samples::parsed;

/// A request with these header lines.
std::string request(std::string_view lines) {
    return "A sip:b SIP/2.0\r\n" + std::string(lines) + "\r\nbody";
}

struct Patch : testing::Test {
    void against(std::string_view lines) {
        sample.emplace(request(lines));
        ASSERT_EQ(sample->error, std::nullopt);
        edits.reset(sample->view);
    }
    std::string result() const {
        std::string out = "kept in front|";
        edits.append_to(out);
        EXPECT_TRUE(out.starts_with("kept in front|"));
        return out.substr(14);
    }
    std::string_view field(header_id id) const { return sample->view.find(id)->line; }

    std::optional<parsed> sample;
    patch edits;
};

TEST_F(Patch, WithoutEditsTheMessageIsUnchanged) {
    against("To: x\r\n");
    EXPECT_EQ(result(), request("To: x\r\n"));
}

TEST_F(Patch, EditsApplyInOrderOfPosition) {
    against("To: x\r\nFrom: y\r\n");
    edits.append_headers("Z: 9\r\n");
    edits.erase(field(header_id::from));
    edits.replace(sample->view.find(header_id::to)->value, "new");
    edits.insert_headers_first("V: 1\r\n");
    edits.replace(sample->view.request_uri(), "sip:c");
    EXPECT_TRUE(edits.is_complete());
    EXPECT_EQ(result(), "A sip:c SIP/2.0\r\nV: 1\r\nTo: new\r\nZ: 9\r\n\r\nbody");
    EXPECT_LE(result().size(), edits.size_bound());
}

TEST_F(Patch, EditsAtOnePositionApplyInCallOrder) {
    against("To: x\r\n");
    edits.insert_headers_first("A: 1\r\n");
    edits.insert_headers_first("B: 2\r\n");
    edits.replace(field(header_id::to), "C: 3\r\n");
    edits.append_headers("D: 4\r\n");
    edits.append_headers("E: 5\r\n");
    EXPECT_EQ(result(), request("A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\n"));
}

TEST_F(Patch, PiecesErasedTwiceAreErasedOnce) {
    against("To: x\r\nFrom: y\r\n");
    edits.erase(field(header_id::to));
    edits.erase(field(header_id::to));
    edits.erase(sample->view.find(header_id::to)->value);
    EXPECT_EQ(result(), request("From: y\r\n"));
}

TEST_F(Patch, TextsAreCopied) {
    against("To: x\r\n");
    std::string text = "A: 1\r\n";
    edits.append_headers(text);
    text.assign("garbage");
    EXPECT_EQ(result(), request("To: x\r\nA: 1\r\n"));
}

TEST_F(Patch, ResetForgetsEverything) {
    against("To: x\r\n");
    edits.erase(field(header_id::to));
    edits.erase("not a piece of the message");
    EXPECT_FALSE(edits.is_complete());
    against("From: y\r\n");
    EXPECT_TRUE(edits.is_complete());
    EXPECT_EQ(result(), request("From: y\r\n"));
}

TEST_F(Patch, ForeignPositionWritesNothing) {
    against("To: x\r\n");
    const std::string foreign = "To: x\r\n";
    edits.erase(foreign);
    EXPECT_FALSE(edits.is_complete());
    EXPECT_EQ(result(), "");
}

TEST_F(Patch, HoldsExactlyMaxEdits) {
    against("To: x\r\n");
    for (std::size_t i = 0; i < max_edits; ++i) {
        edits.append_headers("A: 1\r\n");
    }
    EXPECT_TRUE(edits.is_complete());
    EXPECT_EQ(result().size(), request("To: x\r\n").size() + max_edits * 6);
    edits.append_headers("A: 1\r\n");
    EXPECT_FALSE(edits.is_complete());
    EXPECT_EQ(result(), "");
}

TEST_F(Patch, FirstValueAloneTakesItsLineAlong) {
    against("v: one\r\nVia: two\r\n");
    edits.erase_first_value(sample->view, header_id::via);
    EXPECT_EQ(result(), request("Via: two\r\n"));
}

TEST_F(Patch, FirstValueOfAListLeavesAValidList) {
    against("Via: one ,\r\n two, three\r\nVia: four\r\n");
    edits.erase_first_value(sample->view, header_id::via);
    EXPECT_EQ(result(), request("Via: two, three\r\nVia: four\r\n"));
}

TEST_F(Patch, AbsentHeaderIsNoEdit) {
    against("To: x\r\n");
    edits.erase_first_value(sample->view, header_id::via);
    edits.erase_all(sample->view, header_id::via);
    EXPECT_EQ(result(), request("To: x\r\n"));
}

TEST_F(Patch, EveryRunOfValuesLeavesTheOthers) {
    const std::string lines = "Route: <a>, <b>\r\nTo: x\r\nRoute: <c>\r\nRoute: <d> , <e>,<f>\r\n";
    const std::vector<std::string> all = {"<a>", "<b>", "<c>", "<d>", "<e>", "<f>"};
    for (std::size_t first = 0; first <= all.size(); ++first) {
        for (std::size_t count = 0; count <= all.size(); ++count) {
            against(lines);
            edits.erase_values(sample->view, header_id::route, {first, count});
            const parsed after(result());
            ASSERT_EQ(after.error, std::nullopt) << result();
            std::vector<std::string> left, expected;
            for (const auto value : values_of(after.view, header_id::route)) {
                left.emplace_back(value);
            }
            for (std::size_t i = 0; i < all.size(); ++i) {
                if (i < first || i >= first + count) {
                    expected.push_back(all[i]);
                }
            }
            EXPECT_EQ(left, expected) << result();
            EXPECT_EQ(result().find("Route: \r\n"), std::string::npos);
            EXPECT_EQ(result().find(",\r\n"), std::string::npos) << result();
        }
    }
}

TEST_F(Patch, EraseAllTakesEveryField) {
    against("Route: <a>, <b>\r\nTo: x\r\nRoute: <c>\r\n");
    edits.erase_all(sample->view, header_id::route);
    EXPECT_EQ(result(), request("To: x\r\n"));
}

TEST_F(Patch, ReplacedTopViaStaysInItsList) {
    against("Via: one, two\r\n");
    edits.replace(*first_value(sample->view, header_id::via), "new");
    EXPECT_EQ(result(), request("Via: new, two\r\n"));
}

}  // namespace
}  // namespace sipha::sip
