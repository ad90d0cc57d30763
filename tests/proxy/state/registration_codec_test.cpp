#include "proxy/state/registration_codec.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/bindings.hpp"

namespace sipha::state {
namespace {

using namespace std::chrono_literals;
using test::at;
using test::entry_of;
using test::epoch;
using test::record_of;
using test::registration_spec;

constexpr registration_limits limits{};

TEST(RegistrationCodec, EveryFieldComesBack) {
    binding of;
    of.aor = "sip:bob@example.org";
    of.key = "sip:bob@192.0.2.20";
    binding_entry entry;
    entry.version = {"call", 4'000'000'000, 1ULL << 60, cluster::node_id{65535}};
    entry.value = {
        "sip:bob@10.1.1.1;transport=tcp",
        0,
        "Phone/1",
        at("tcp:[2001:db8::1]:65535"),
        at("tls:192.0.2.1:5061"),
        1ULL << 63,
        reach::source,
        epoch + 90s};
    const auto decoded = decode_registration(encode_registration(of, entry, epoch), limits, epoch);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->aor, of.aor);
    EXPECT_EQ(decoded->key, of.key);
    const auto& got = decoded->entry;
    EXPECT_EQ(got.version.call_id, "call");
    EXPECT_EQ(got.version.cseq, 4'000'000'000);
    EXPECT_EQ(got.version.hlc, 1ULL << 60);
    EXPECT_EQ(got.version.origin.value, 65535);
    EXPECT_EQ(got.value.contact, entry.value.contact);
    EXPECT_EQ(got.value.q_thousandths, 0);
    EXPECT_EQ(got.value.user_agent, "Phone/1");
    EXPECT_EQ(got.value.source, entry.value.source);
    EXPECT_EQ(got.value.local, entry.value.local);
    EXPECT_EQ(got.value.flow, 1ULL << 63);
    EXPECT_EQ(got.value.reach, reach::source);
    EXPECT_EQ(got.value.expires_at, epoch + 90s);
    EXPECT_FALSE(got.is_removed);
}

TEST(RegistrationCodec, TimeLeftCountsFromTheReadersClock) {
    struct row {
        const char* claim;
        bool is_removed;
        std::chrono::milliseconds left;
        bool expects_removed;
        std::chrono::milliseconds expects_left;
    };
    const row rows[] = {
        {"live", false, 90s, false, 90s},
        {"live for a moment", false, 1ms, false, 1ms},
        {"a life of two days is cut to one", false, 48h, false, 24h},
        {"just expired", false, 0ms, true, 0ms},
        {"removed", true, 90s, true, 90s},
        {"a tombstone of two days is cut to one", true, 48h, true, 24h},
        {"a tombstone that should be gone", true, -5s, true, 0ms},
    };
    for (const auto& [claim, is_removed, left, expects_removed, expects_left] : rows) {
        SCOPED_TRACE(claim);
        registration_spec spec;
        spec.is_removed = is_removed;
        spec.lifetime = left;
        // The reader's monotonic clock has nothing to do with the writer's.
        const auto reader_now = timing::time_point(5h);
        const auto decoded = decode_registration(record_of(spec, epoch), limits, reader_now);
        ASSERT_TRUE(decoded);
        EXPECT_EQ(decoded->entry.is_removed, expects_removed);
        const auto ends =
            expects_removed ? decoded->entry.forget_at : decoded->entry.value.expires_at;
        EXPECT_EQ(ends - reader_now, expects_left);
    }
}

TEST(RegistrationCodec, TextsNeedNotBeUtf8) {
    // A User-Agent in ISO 8859-1, and one whose last character was cut in two.
    for (const std::string agent : {"Ger\xe4t/1", "Ger\xc3"}) {
        binding of;
        of.aor = "sip:bob@example.org";
        of.key = "k";
        auto entry = entry_of({}, epoch);
        entry.value.user_agent = agent;
        const auto decoded =
            decode_registration(encode_registration(of, entry, epoch), limits, epoch);
        ASSERT_TRUE(decoded) << "the binding would exist on one node only";
        EXPECT_EQ(decoded->entry.value.user_agent, agent);
    }
}

TEST(RegistrationCodec, TextsAreTakenUpToTheLimit) {
    for (const auto field :
         {&registration_spec::aor, &registration_spec::key, &registration_spec::call_id}) {
        registration_spec spec;
        spec.*field = std::string(limits.max_text_bytes, 'a');
        EXPECT_TRUE(decode_registration(record_of(spec), limits, epoch));
        spec.*field += 'a';
        EXPECT_FALSE(decode_registration(record_of(spec), limits, epoch));
        spec.*field = "";
        EXPECT_FALSE(decode_registration(record_of(spec), limits, epoch));
    }
}

TEST(RegistrationCodec, ValuesOutOfRangeAreRefused) {
    registration_spec spec;
    spec.origin = 0;
    EXPECT_FALSE(decode_registration(record_of(spec), limits, epoch));

    binding of;
    of.aor = "a";
    of.key = "k";
    auto entry = entry_of({}, epoch);
    entry.value.q_thousandths = 1001;
    EXPECT_FALSE(decode_registration(encode_registration(of, entry, epoch), limits, epoch));
    entry = entry_of({}, epoch);
    entry.value.reach = static_cast<reach>(2);
    EXPECT_FALSE(decode_registration(encode_registration(of, entry, epoch), limits, epoch));
    entry = entry_of({}, epoch);
    entry.value.source.transport = static_cast<sip::transport>(5);
    EXPECT_FALSE(decode_registration(encode_registration(of, entry, epoch), limits, epoch));
}

TEST(RegistrationCodec, AnyBytesEndInAResult) {
    const auto good = record_of({});
    for (std::size_t size = 0; size < good.size(); ++size) {
        (void)decode_registration(std::string_view(good).substr(0, size), limits, epoch);
    }
    EXPECT_FALSE(decode_registration({}, limits, epoch));
    std::mt19937 random(1);
    int accepted = 0;
    for (int i = 0; i < 20'000; ++i) {
        auto bytes = good;
        for (auto flips = 1 + random() % 3; flips > 0; --flips) {
            bytes[random() % bytes.size()] = static_cast<char>(random());
        }
        const auto decoded = decode_registration(bytes, limits, epoch);
        if (decoded) {
            ++accepted;
            EXPECT_NE(decoded->entry.version.origin.value, 0);
            EXPECT_LE(decoded->entry.value.expires_at, epoch + limits.max_lifetime);
            EXPECT_LE(decoded->entry.forget_at, epoch + limits.max_lifetime);
        }
    }
    EXPECT_GT(accepted, 0);
    EXPECT_LT(accepted, 20'000);
}

}  // namespace
}  // namespace sipha::state
