// What holds whatever the DNS says and in whatever order it says it.
#include <gtest/gtest.h>
#include <sipha/resolver/resolution.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "resolver/src/dns_message.hpp"
#include "resolver/src/route.hpp"
#include "tests/resolver/support/locate.hpp"
#include "tests/resolver/support/zone.hpp"

namespace sipha::resolver::test {
namespace {

using random = std::mt19937_64;

std::string text_of(const lookup_result& result) {
    std::string text;
    for (const auto& place : result.candidates) {
        text += place.to_string() + ' ';
    }
    return text;
}

/// Answers the open questions one at a time, the next one drawn.
std::string located_in_random_order(const zone& content, std::uint64_t order) {
    random draw(order);
    const time_point now{std::chrono::hours(1)};
    lookup_options options;
    options.seed = 4711;
    resolution lookup("sip:ex", options, now);
    std::vector<question> open;
    for (;;) {
        for (auto& asked : lookup.advance(now)) {
            open.push_back(std::move(asked));
        }
        if (lookup.is_done()) {
            return text_of(lookup.take_result());
        }
        std::swap(open[draw() % open.size()], open.back());
        const auto asked = std::move(open.back());
        open.pop_back();
        auto answer = std::make_shared<dns_answer>(
            detail::decode_answer(asked, content.respond(asked).value())
        );
        lookup.answer(asked, std::move(answer), now + std::chrono::hours(1));
    }
}

TEST(PlanProperty, NoOrderOfAnswersChangesTheResult) {
    const zone content(
        "ex NAPTR 10 20 s SIP+D2U - _sip._udp.ex; ex NAPTR 10 10 - SIP+D2T - more.ex;"
        "ex NAPTR 20 10 a SIPS+D2T - d.ex; more.ex NAPTR 1 1 s SIP+D2T - _sip._tcp.o;"
        "_sip._udp.ex SRV 10 60 5060 a.ex; _sip._udp.ex SRV 10 20 5060 b.ex;"
        "_sip._udp.ex SRV 20 0 5060 c.ex; _sip._tcp.o SRV 10 1 5060 a.ex;"
        "_sip._tcp.o SRV 10 1 5070 c.ex; a.ex A 192.0.2.1; a.ex AAAA 2001:db8::1;"
        "b.ex A 192.0.2.2; c.ex CNAME x.ex; x.ex A 192.0.2.3; d.ex A 192.0.2.4; NOCHASE;"
        "b.ex AAAA FAIL"
    );
    const auto expected = located_in_random_order(content, 0);
    EXPECT_NE(expected.find("tcp:192.0.2.3:5070"), std::string::npos) << expected;
    for (std::uint64_t order = 1; order < 200; ++order) {
        ASSERT_EQ(located_in_random_order(content, order), expected) << "order " << order;
    }
}

/// A DNS that means harm: everything leads on to names never seen before, goes round, is absurdly
/// large, fails or stays away.
class hostile_dns {
  public:
    explicit hostile_dns(std::uint64_t seed) : draw_(seed) {}

    /// @returns null for silence.
    answer_ptr answer(const question& asked) {
        auto out = std::make_shared<dns_answer>();
        out->ttl_s = below(2) == 0 ? 0 : 60;
        out->status = static_cast<answer_status>(below(8) < 5 ? 0 : below(5));
        if (below(12) == 0) {
            return nullptr;
        }
        out->rejected_records = below(6) == 0 ? 1 : 0;
        switch (out->status) {
            case answer_status::found:
                fill(*out, asked.type);
                break;
            case answer_status::alias:
                out->alias_of = some_name();
                break;
            case answer_status::failed:
                out->error = below(2) == 0 ? errc::dns_temporary : errc::alias_loop;
                break;
            default:
                break;
        }
        return out;
    }

  private:
    std::uint64_t below(std::uint64_t bound) { return draw_() % bound; }
    std::uint16_t word() { return static_cast<std::uint16_t>(draw_()); }
    std::string some_name() {
        static const char* const known[] = {"ex", "_sip._udp.ex", "_sips._tcp.ex", "a.ex", ""};
        return below(3) == 0 ? known[below(5)] : "n" + std::to_string(draw_()) + ".ex";
    }
    void fill(dns_answer& out, record_type type) {
        static const char* const flags[] = {"s", "S", "a", "", "u", "sa"};
        static const char* const services[] = {
            "SIP+D2U", "SIP+D2T", "SIPS+D2T", "", "E2U+sip", "SIP+D2W"};
        const auto count = below(4) == 0 ? 256 : below(6);
        for (std::uint64_t index = 0; index < count; ++index) {
            switch (type) {
                case record_type::naptr:
                    out.naptr.push_back(
                        {static_cast<std::uint16_t>(below(4)),
                         static_cast<std::uint16_t>(below(4)),
                         below(9) == 0,
                         flags[below(6)],
                         services[below(6)],
                         some_name()}
                    );
                    break;
                case record_type::srv:
                    out.srv.push_back(
                        {static_cast<std::uint16_t>(below(3)), word(), word(), some_name()}
                    );
                    break;
                default:
                    out.addresses.push_back(some_address(type));
                    break;
            }
        }
    }
    address some_address(record_type type) {
        std::array<std::uint8_t, 16> bytes{};
        const auto value = draw_();
        for (std::size_t index = 0; index < 8; ++index) {
            bytes[index + 8] = static_cast<std::uint8_t>(value >> (8 * index));
        }
        return type == record_type::a ? address::v4(std::span(bytes).last<4>())
                                      : address::v6(bytes);
    }

    random draw_;
};

TEST(PlanProperty, HostileAnswersEndWithinTheLimits) {
    for (std::uint64_t seed = 0; seed < 150; ++seed) {
        hostile_dns dns(seed);
        auto now = time_point{std::chrono::hours(1)};
        const auto end = now + std::chrono::seconds(6);
        lookup_options options;
        options.seed = seed;
        options.explain = seed % 4 == 0 ? explain_level::full : explain_level::none;
        resolution lookup("sip:ex", options, now);
        std::size_t asked_in_all = 0;
        while (!lookup.is_done()) {
            bool has_moved = false;
            for (const auto& asked : lookup.advance(now)) {
                ++asked_in_all;
                if (auto answer = dns.answer(asked)) {
                    lookup.answer(asked, std::move(answer), now + std::chrono::seconds(1));
                    has_moved = true;
                }
            }
            if (!has_moved && !lookup.is_done()) {
                ASSERT_GT(lookup.next_deadline(), now) << "seed " << seed;
                now = lookup.next_deadline();
            }
            ASSERT_LE(now, end) << "seed " << seed;
        }
        ASSERT_LE(asked_in_all, max_questions) << "seed " << seed;
        const auto error = lookup.error();
        const auto result = lookup.take_result();
        ASSERT_LE(result.candidates.size(), max_candidates) << "seed " << seed;
        ASSERT_EQ(static_cast<bool>(error), result.candidates.empty()) << "seed " << seed;
    }
}

TEST(PlanProperty, HostileAnswersExhaustARoute) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        hostile_dns dns(seed);
        auto now = time_point{std::chrono::hours(1)};
        lookup_options options;
        options.seed = seed;
        health places;
        detail::route way("sip:ex", options, now);
        std::size_t asked_in_all = 0;
        std::size_t handed_out = 0;
        std::size_t turns = 0;
        while (!way.is_exhausted(now, places)) {
            ASSERT_LT(++turns, 5000u) << "seed " << seed;
            for (const auto& asked : way.advance(now, places)) {
                ++asked_in_all;
                if (auto answer = dns.answer(asked)) {
                    way.answer(asked, {std::move(answer), now + std::chrono::seconds(1), false});
                }
            }
            if (way.next(now, places)) {
                ++handed_out;
            } else if (way.next_deadline() > now && way.next_deadline() != never) {
                now = std::min(way.next_deadline(), now + std::chrono::milliseconds(500));
            }
        }
        ASSERT_LE(asked_in_all, max_questions * (1 + detail::max_retries)) << "seed " << seed;
        ASSERT_LE(handed_out, 2 * max_candidates) << "seed " << seed;
    }
}

std::string many_targets(std::size_t count) {
    std::string text;
    for (std::size_t index = 0; index < count; ++index) {
        const auto number = std::to_string(index);
        text += "_sip._udp.ex SRV 1 1 5060 t" + number + ".ex;t" + number + ".ex A 198.51.100." +
                number + ';';
    }
    return text;
}

TEST(PlanLimits, TooManyTargetsOfOnePriorityAreChosenByTheDraw) {
    const zone content(many_targets(80));
    std::vector<int> first(80, 0);
    constexpr int draws = 800;
    lookup_options options;
    options.transports = {transport::udp};
    options.naptr = naptr_use::skip;
    for (options.seed = 0; *options.seed < draws; ++*options.seed) {
        const auto out = locate(content, "sip:ex", options);
        ASSERT_EQ(out.result.candidates.size(), max_srv_records);
        ASSERT_TRUE(out.has_warning(warning_kind::truncated));
        ++first.at(out.result.candidates.front().ip.bytes()[3]);
    }
    const double share = 1.0 / 80;
    const double sigma = std::sqrt(draws * share * (1 - share));
    for (const auto count : first) {
        EXPECT_NEAR(count, draws * share, 5 * sigma);
    }
}

TEST(PlanLimits, ExactlyAsManyTargetsAsAllowedAreNotCut) {
    EXPECT_FALSE(
        locate(zone(many_targets(max_srv_records)), "sip:ex").has_warning(warning_kind::truncated)
    );
}

TEST(PlanLimits, NameThatThePrefixMakesTooLongHasNoSrv) {
    const std::string label(63, 'a');
    const auto host = label + '.' + label + '.' + label + '.' + std::string(61, 'b');
    const auto out = locate(zone(host + " A 192.0.2.1"), "sip:" + host);
    EXPECT_EQ(out.text(), "U:h1:5060");
    for (const auto& asked : out.asked) {
        EXPECT_LE(asked.name.size(), 253u);
    }
}

}  // namespace
}  // namespace sipha::resolver::test
