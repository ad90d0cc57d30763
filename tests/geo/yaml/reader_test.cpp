#include "geo/yaml/reader.hpp"

#include <gtest/gtest.h>

#include "tests/geo/yaml/findings.hpp"

namespace sipha::geo::yaml {
namespace {

using namespace std::chrono_literals;
using strings = std::vector<std::string>;

/// A text "k: ..." whose one value a test reads.
struct one_value {
    explicit one_value(std::string_view text)
        : doc(parse("k: " + std::string(text) + "\n", "t.yaml")) {}
    value get() { return {doc.root().find("k"), doc.diag(), "k"}; }
    strings rules() const {
        strings result;
        for (const auto& entry : doc.diag().sorted()) {
            EXPECT_EQ(entry.at, (position{1, 4}));
            result.push_back(entry.rule);
        }
        return result;
    }
    document doc;
};

template <class Out, class Read>
std::string rule_of(std::string_view text, Out expected, Read read) {
    one_value one(text);
    Out out{};
    const bool is_read = read(one.get(), out);
    const auto rules = one.rules();
    EXPECT_EQ(is_read, rules.empty()) << text;
    EXPECT_EQ(out, is_read ? expected : Out{}) << text;
    return rules.empty() ? "" : rules.at(0);
}

TEST(YamlValue, IntegerIsStrictlyDecimal) {
    const auto read = [](const value& v, std::uint16_t& out) { return v.integer(out, 1, 65535); };
    const auto rule = [&](std::string_view text, std::uint16_t expected = 0) {
        return rule_of<std::uint16_t>(text, expected, read);
    };
    EXPECT_EQ(rule("1", 1), "");
    EXPECT_EQ(rule("65535", 65535), "");
    EXPECT_EQ(rule("0"), "L010");
    EXPECT_EQ(rule("65536"), "L010");
    EXPECT_EQ(rule("99999999999999999999999"), "L010");
    for (const auto* text :
         {"010", "0x10", "0o17", "-1", "+1", "1.0", "1e3", "'5060'", "\"5060\"", "1_000", "five"}) {
        EXPECT_EQ(rule(text), "L008") << text;
    }
    EXPECT_EQ(rule("[1]"), "L003");
    EXPECT_EQ(rule("{a: 1}"), "L003");
}

TEST(YamlValue, RealIsAPlainNumber) {
    const auto read = [](const value& v, double& out) { return v.real(out, -90, 90); };
    const auto rule = [&](std::string_view text, double expected = 0) {
        return rule_of<double>(text, expected, read);
    };
    EXPECT_EQ(rule("52.37", 52.37), "");
    EXPECT_EQ(rule("-74", -74), "");
    EXPECT_EQ(rule("90", 90), "");
    EXPECT_EQ(rule("90.01"), "L010");
    for (const auto* text : {"nan", "inf", ".5", "5.", "1e1", "0x1p3", "--1", "'1'", "+1"}) {
        EXPECT_EQ(rule(text), "L094") << text;
    }
}

TEST(YamlValue, BooleanIsTrueOrFalse) {
    const auto read = [](const value& v, bool& out) { return v.boolean(out); };
    EXPECT_EQ(rule_of<bool>("true", true, read), "");
    EXPECT_EQ(rule_of<bool>("false", false, read), "");
    for (const auto* text : {"yes", "True", "1", "'true'", "on"}) {
        EXPECT_EQ(rule_of<bool>(text, false, read), "L094") << text;
    }
}

TEST(YamlValue, StringIsOneLineOfLimitedLength) {
    const auto read = [](const value& v, std::string& out) { return v.string(out, 5); };
    const auto rule = [&](std::string_view text, std::string expected = "") {
        return rule_of<std::string>(text, expected, read);
    };
    EXPECT_EQ(rule("abcde", "abcde"), "");
    EXPECT_EQ(rule("abcdef"), "L010");
    EXPECT_EQ(rule("'no'", "no"), "");
    for (const auto* text : {"no", "Yes", "OFF", "true", "y"}) {
        EXPECT_EQ(rule(text), "L009") << text;
    }
    EXPECT_EQ(rule("''"), "L094");
    EXPECT_EQ(rule("\"a\\nb\""), "L094");
    one_value empty("''");
    std::string out = "x";
    EXPECT_TRUE(empty.get().string_or_empty(out));
    EXPECT_EQ(out, "");
}

TEST(YamlValue, DurationNeedsAUnit) {
    using std::chrono::milliseconds;
    const auto read = [](const value& v, milliseconds& out) {
        return v.duration(out, 1ms, 24h * 7);
    };
    const auto rule = [&](std::string_view text, milliseconds expected = 0ms) {
        return rule_of<milliseconds>(text, expected, read);
    };
    EXPECT_EQ(rule("500ms", 500ms), "");
    EXPECT_EQ(rule("30s", 30s), "");
    EXPECT_EQ(rule("5m", 5min), "");
    EXPECT_EQ(rule("1h", 1h), "");
    EXPECT_EQ(rule("7d", 24h * 7), "");
    EXPECT_EQ(rule("8d"), "L010");
    EXPECT_EQ(rule("0s"), "L010");
    for (const auto* text :
         {"30",
          "s",
          "1.5s",
          "-1s",
          "1 s",
          "1S",
          "1w",
          "01s",
          "1s1s",
          "99999999999999999999s",
          "9223372036854775807d"}) {
        EXPECT_EQ(rule(text), "L094") << text;
    }
}

TEST(YamlValue, DurationIsNotRoundedToItsVariable) {
    one_value one("1500ms");
    std::chrono::seconds out{7};
    EXPECT_FALSE(one.get().duration(out, 1s, 1h));
    EXPECT_EQ(out, 7s);
    EXPECT_EQ(
        lines(one.doc.diag()),
        strings{"t.yaml:1:4: error[L094]: k: 1500ms is too fine; give a multiple of 1s"}
    );
}

TEST(YamlValue, SizeNeedsAUnit) {
    const auto read = [](const value& v, std::size_t& out) { return v.size(out, 1, 1 << 30); };
    const auto rule = [&](std::string_view text, std::size_t expected = 0) {
        return rule_of<std::size_t>(text, expected, read);
    };
    EXPECT_EQ(rule("512B", 512), "");
    EXPECT_EQ(rule("64KiB", 65536), "");
    EXPECT_EQ(rule("1GiB", 1 << 30), "");
    EXPECT_EQ(rule("2GiB"), "L010");
    for (const auto* text : {"64", "64KB", "64kib", "1.5MiB", "99999999999GiB"}) {
        EXPECT_EQ(rule(text), "L094") << text;
    }
}

TEST(YamlValue, AddressAndPrefix) {
    const auto address = [](const value& v, ip_address& out) { return v.address(out); };
    EXPECT_EQ(rule_of("192.0.2.1", *ip_address::parse("192.0.2.1"), address), "");
    EXPECT_EQ(rule_of("2001:db8::1", *ip_address::parse("2001:db8::1"), address), "");
    EXPECT_EQ(rule_of("10.0.0.300", ip_address(), address), "L094");
    const auto prefix = [](const value& v, ip_prefix& out) { return v.prefix(out); };
    EXPECT_EQ(rule_of("192.0.2.0/24", *ip_prefix::parse("192.0.2.0/24"), prefix), "");
    EXPECT_EQ(rule_of("192.0.2.1/24", ip_prefix(), prefix), "L057");
    EXPECT_EQ(rule_of("192.0.2.0/33", ip_prefix(), prefix), "L094");
    EXPECT_EQ(rule_of("192.0.2.0/", ip_prefix(), prefix), "L094");
    EXPECT_EQ(rule_of("x/8", ip_prefix(), prefix), "L094");
    std::optional<ip_address> out;
    one_value one("::1");
    EXPECT_TRUE(one.get().address(out));
    EXPECT_EQ(out, ip_address::parse("::1"));
}

enum class state { up, drain, down };

TEST(YamlValue, WordOfAListIsHintedAt) {
    const auto read = [](one_value& one) {
        state out = state::down;
        one.get().one_of(out, {{"up", state::up}, {"drain", state::drain}, {"down", state::down}});
        return out;
    };
    one_value right("drain");
    EXPECT_EQ(read(right), state::drain);
    one_value near("drian");
    EXPECT_EQ(read(near), state::down);
    EXPECT_EQ(
        lines(near.doc.diag()),
        strings{"t.yaml:1:4: error[L094]: k: 'drian' is not one of up, drain, down; did you mean "
                "'drain'?"}
    );
    one_value far("sideways");
    read(far);
    EXPECT_EQ(
        lines(far.doc.diag()),
        strings{"t.yaml:1:4: error[L094]: k: 'sideways' is not one of up, drain, down; use one of "
                "them"}
    );
}

TEST(YamlValue, ListEndsAtItsLimit) {
    int calls = 0;
    const auto count = [&](const value&) { ++calls; };
    EXPECT_TRUE(one_value("[1, 2, 3]").get().list(count, 3));
    EXPECT_EQ(calls, 3);
    one_value longer("[1, 2, 3, 4]");
    EXPECT_FALSE(longer.get().list(count, 3));
    EXPECT_EQ(longer.rules(), strings{"L092"});
    one_value scalar("1");
    EXPECT_FALSE(scalar.get().list(count));
    EXPECT_EQ(scalar.rules(), strings{"L003"});
    EXPECT_EQ(calls, 3);
}

TEST(YamlValue, MapKeepsFileOrderAndJudgesNames) {
    auto doc = parse("{nyc: 1, ams: 2, no: 3, [x]: 4}", "t.yaml");
    strings names;
    value(doc.root(), doc.diag(), "").map([&](const value& name, const value&) {
        std::string text;
        if (name.string(text)) {
            names.push_back(text);
        }
    });
    EXPECT_EQ(names, (strings{"nyc", "ams"}));
    EXPECT_EQ(places(doc.diag()), (strings{"1:18 L009", "1:25 L003", "1:25 L003"}));
}

struct config {
    std::uint16_t port = 5060;
    std::chrono::seconds ttl{60};
    std::string name = "none";
    std::vector<std::uint16_t> extra;
};

config read_config(document& doc) {
    config out;
    object o(doc.root(), doc.diag());
    o.required("port").integer(out.port, 1, 65535);
    o.optional("ttl").duration(out.ttl, 1s, 1h);
    o.optional("listen").list([&](const value& item) {
        object entry(item);
        std::uint16_t port = 0;
        if (entry.required("port").integer(port, 1, 65535)) {
            out.extra.push_back(port);
        }
    });
    object nested(o.optional("node"));
    nested.required("name").string(out.name);
    return out;
}

TEST(YamlObject, ReadsAStructAndKeepsDefaults) {
    auto doc = parse("port: 5070\nlisten: [{port: 1}, {port: 2}]\n", "t.yaml");
    const auto read = read_config(doc);
    EXPECT_EQ(lines(doc.diag()), strings{});
    EXPECT_EQ(read.port, 5070);
    EXPECT_EQ(read.ttl, 60s);
    EXPECT_EQ(read.name, "none");
    EXPECT_EQ(read.extra, (std::vector<std::uint16_t>{1, 2}));
}

TEST(YamlObject, ReportsEverythingAtOnceInFileOrder) {
    auto doc = parse("ttl: 5\nlisten: [{prot: 1}, 7]\nnode: {}\nlisen: 3\n", "t.yaml");
    const auto read = read_config(doc);
    EXPECT_EQ(read.ttl, 60s);
    EXPECT_EQ(
        lines(doc.diag()),
        (strings{
            "t.yaml:1:1: error[L090]: key 'port' is missing; add 'port: ...'",
            "t.yaml:1:6: error[L094]: ttl: '5' is not understood; write a number and a unit ms, s, "
            "m, h or d, such as 30s",
            "t.yaml:2:10: error[L090]: listen[]: key 'port' is missing; add 'port: ...'",
            "t.yaml:2:11: error[L002]: unknown key 'prot'; did you mean 'port'?",
            "t.yaml:2:21: error[L003]: listen[]: is not a mapping; write it as 'key: value' lines",
            "t.yaml:3:7: error[L090]: node: key 'name' is missing; add 'name: ...'",
            "t.yaml:4:1: error[L002]: unknown key 'lisen'; did you mean 'listen'?",
        })
    );
}

TEST(YamlObject, KeyWithoutValueIsAnErrorEvenWhenOptional) {
    auto doc = parse("port: 1\nttl:\n", "t.yaml");
    read_config(doc);
    EXPECT_EQ(places(doc.diag()), strings{"2:1 L003"});
}

TEST(YamlObject, BrokenDocumentIsReportedOnce) {
    auto doc = parse("a: [", "t.yaml");
    read_config(doc);
    EXPECT_EQ(doc.diag().error_count(), 1U);
    auto scalar = parse("hello", "t.yaml");
    read_config(scalar);
    EXPECT_EQ(places(scalar.diag()), strings{"1:1 L003"});
}

TEST(YamlObject, RefusedValueIsNotAlsoMissing) {
    auto doc = parse("x: &a 1\nport: *a\n", "t.yaml");
    object o(doc.root(), doc.diag());
    std::uint16_t port = 0;
    std::uint16_t x = 0;
    EXPECT_TRUE(o.required("x").integer(x, 1, 9));
    EXPECT_FALSE(o.required("port").integer(port, 1, 9));
    EXPECT_EQ(places(doc.diag()), (strings{"1:4 L005", "2:7 L005"}));
}

TEST(YamlObject, KnowsTheKeysTheCodeAsksFor) {
    auto doc = parse("port: 1\nlisten: [{port: 2}]\n", "t.yaml");
    read_config(doc);
    EXPECT_EQ(
        doc.diag().known_keys(),
        (std::set<std::string>{"port", "ttl", "listen", "listen[].port", "node", "node.name"})
    );
}

TEST(YamlDiagnostics, KeepsALimitedNumberAndCountsTheRest) {
    diagnostics diag("t.yaml");
    for (std::size_t index = 0; index < max_diagnostics + 5; ++index) {
        diag.error({1, 1}, "L010", "x");
    }
    EXPECT_EQ(diag.error_count(), max_diagnostics + 5);
    EXPECT_EQ(diag.sorted().size(), max_diagnostics);
    EXPECT_EQ(diag.suppressed_count(), 5U);
}

TEST(YamlDiagnostics, NearMatchIsNearAndStable) {
    const std::vector<std::string_view> words{"listen", "ttl", "port", "name"};
    EXPECT_EQ(near_match("lisen", words), "listen");
    EXPECT_EQ(near_match("prot", words), "port");
    EXPECT_EQ(near_match("xxl", words), "");  // two edits in three letters are no hint
    EXPECT_EQ(near_match("tl", words), "ttl");
    EXPECT_EQ(near_match("asm", {"nyc", "ams"}), "ams");  // a swap is one slip
    EXPECT_EQ(near_match("completely", words), "");
    EXPECT_EQ(near_match(std::string(100'000, 'a'), words), "");
}

TEST(YamlDiagnostics, MessagesCarryNoRawControlBytes) {
    EXPECT_EQ(printable("a\x1b[0m\n"), "a\\x1b[0m\\x0a");
    EXPECT_EQ(printable(std::string(61, 'x')), std::string(60, 'x') + "...");
    EXPECT_EQ(printable(std::string(59, 'x') + "\xc3\xa9 y"), std::string(59, 'x') + "...");
}

}  // namespace
}  // namespace sipha::geo::yaml
