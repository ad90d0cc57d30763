#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sipha/resolver.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include <sipha/resolver/errors.hpp>

#include "tests/resolver/support/capi.hpp"

namespace sipha::resolver {
namespace {

using test::c_lookup;
using test::c_resolver;
using statuses = std::vector<std::int32_t>;
using texts = std::vector<std::string>;

bool is_readable(int fd) {
    pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
    return ::poll(&waiting, 1, 0) == 1;
}

TEST(CApi, NeverCallsBackInsideTheStartingCall) {
    const c_resolver resolver("h1.ex A 192.0.2.1");
    for (const auto* uri : {"sip:192.0.2.1", "nonsense", "", "sip:h1.ex:5060"}) {
        c_lookup one;
        ASSERT_EQ(one.start(resolver, uri), SIPHA_OK) << uri;
        EXPECT_TRUE(one.told.empty()) << uri;
        EXPECT_EQ(sipha_timeout_ms(resolver), 0) << uri;
        resolver.turn();
        EXPECT_EQ(one.told.size(), 1u) << uri;
        sipha_release(one.handle);
    }
}

TEST(CApi, DescriptorAloneDrivesALookup) {
    const c_resolver resolver("h1.ex A 192.0.2.1; h1.ex AAAA 2001:db8::1");
    const int fd = sipha_fd(resolver);
    ASSERT_GE(fd, 0);
    EXPECT_FALSE(is_readable(fd));
    EXPECT_EQ(sipha_timeout_ms(resolver), -1);
    c_lookup one;
    one.start(resolver, "sip:h1.ex:5060");
    for (int turn = 0; turn < 10 && one.told.empty(); ++turn) {
        pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
        ASSERT_EQ(::poll(&waiting, 1, 1000), 1);
        ASSERT_EQ(sipha_process(resolver), SIPHA_OK);
    }
    EXPECT_EQ(one.told, statuses{SIPHA_OK});
    EXPECT_FALSE(is_readable(fd)) << "an idle resolver must not spin its loop";
    sipha_release(one.handle);
}

TEST(CApi, FailedLookupTellsWhyAndHasNoCandidate) {
    const c_resolver resolver("ex SRV FAIL");
    for (const auto& [uri, status] :
         {std::pair{"mailto:a@b", SIPHA_EBAD_URI},
          {"sip:a..b", SIPHA_EBAD_NAME},
          {"sip:nobody.ex:5060", SIPHA_ENOT_FOUND},
          {"sips:ex;transport=udp", SIPHA_ETRANSPORT_CONFLICT}}) {
        c_lookup one;
        ASSERT_EQ(one.start(resolver, uri), SIPHA_OK);
        resolver.turn();
        EXPECT_EQ(one.told, statuses{status}) << uri;
        EXPECT_EQ(one.rest(), texts{std::to_string(status)}) << uri;
        sipha_release(one.handle);
    }
}

TEST(CApi, FreeAbortsEachOpenLookupOnceInTheirOrder) {
    c_resolver resolver("h1.ex A SILENT; h1.ex AAAA SILENT");
    struct entry {
        std::vector<int>* order;
        int number;
        std::int32_t status;
    };
    std::vector<int> order;
    std::array<entry, 5> entries{};
    std::array<sipha_lookup_t*, 5> handles{};
    for (int index = 0; index < 5; ++index) {
        auto& one = entries[static_cast<std::size_t>(index)] = {&order, index, 0};
        const auto done = [](void* user, sipha_lookup_t*, std::int32_t status) {
            auto& self = *static_cast<entry*>(user);
            self.order->push_back(self.number);
            self.status = status;
        };
        sipha_resolve(
            resolver,
            index == 3 ? "sip:192.0.2.1" : "sip:h1.ex:5060",
            nullptr,
            done,
            &one,
            &handles[static_cast<std::size_t>(index)]
        );
    }
    resolver.free();
    EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
    for (const auto& one : entries) {
        EXPECT_EQ(one.status, SIPHA_EABORTED);
    }
    sipha_candidate place{};
    place.size = sizeof place;
    for (auto* handle : handles) {
        EXPECT_EQ(sipha_next(handle, &place), SIPHA_ECLOSED);
        EXPECT_EQ(sipha_cancel(handle), SIPHA_ECLOSED);
        sipha_release(handle);
    }
}

TEST(CApi, CallbackMayFreeEverything) {
    struct world {
        sipha_t* resolver;
        statuses told;
    };
    world all{
        detail::make_handle(std::make_unique<engine>(
            engine_options{}, std::make_unique<test::memory_transport>(test::zone(""))
        )),
        {}};
    const auto done = [](void* user, sipha_lookup_t* lookup, std::int32_t status) {
        auto& self = *static_cast<world*>(user);
        self.told.push_back(status);
        sipha_release(lookup);
        sipha_free(std::exchange(self.resolver, nullptr));
    };
    sipha_lookup_t* first = nullptr;
    sipha_lookup_t* second = nullptr;
    sipha_resolve(all.resolver, "sip:192.0.2.1", nullptr, done, &all, &first);
    sipha_resolve(all.resolver, "sip:192.0.2.2", nullptr, done, &all, &second);
    EXPECT_EQ(sipha_process(all.resolver), SIPHA_OK);
    // Both had ended by then: the second is told from inside sipha_free.
    EXPECT_EQ(all.told, (statuses{SIPHA_OK, SIPHA_OK}));
}

TEST(CApi, LookupStartedInACallbackWaitsForTheNextTurn) {
    struct world {
        sipha_t* resolver;
        c_lookup inner;
        std::int32_t nested = 1;
    };
    const c_resolver resolver("");
    world all{resolver, {}};
    const auto done = [](void* user, sipha_lookup_t*, std::int32_t) {
        auto& self = *static_cast<world*>(user);
        self.inner.start(self.resolver, "sip:192.0.2.2");
        self.nested = sipha_process(self.resolver);
        EXPECT_TRUE(self.inner.told.empty());
    };
    sipha_resolve(resolver, "sip:192.0.2.1", nullptr, done, &all, nullptr);
    resolver.turn();
    EXPECT_EQ(all.nested, SIPHA_OK) << "rounds do not nest, but asking for one does no harm";
    EXPECT_EQ(all.inner.told, statuses{SIPHA_OK});
    sipha_release(all.inner.handle);
}

TEST(CApi, ReportedPlaceComesLastForEveryLookup) {
    const c_resolver resolver(
        "_sip._udp.ex SRV 1 1 5060 h1.ex; _sip._udp.ex SRV 2 1 5060 h2.ex;"
        "h1.ex A 192.0.2.1; h2.ex A 192.0.2.2"
    );
    c_lookup first;
    first.start(resolver, "sip:ex");
    resolver.turn();
    sipha_candidate place{};
    place.size = sizeof place;
    ASSERT_EQ(sipha_next(first.handle, &place), 1);
    ASSERT_STREQ(place.address, "192.0.2.1");
    sipha_release(first.handle);
    sipha_outcome outcome{};
    outcome.size = sizeof outcome;
    outcome.kind = SIPHA_OUTCOME_REFUSED;
    ASSERT_EQ(sipha_report(resolver, &place, &outcome), SIPHA_OK);
    EXPECT_EQ(sipha_report(nullptr, &place, &outcome), SIPHA_EINVAL);
    EXPECT_EQ(sipha_report(resolver, nullptr, &outcome), SIPHA_EINVAL);
    EXPECT_EQ(sipha_report(resolver, &place, nullptr), SIPHA_EINVAL);

    c_lookup second;
    second.start(resolver, "sip:ex");
    resolver.turn();
    EXPECT_EQ(second.rest(), (texts{"192.0.2.2", "192.0.2.1", "0"}));
    sipha_release(second.handle);

    ASSERT_EQ(sipha_network_changed(resolver), SIPHA_OK);
    EXPECT_EQ(sipha_network_changed(nullptr), SIPHA_EINVAL);
    c_lookup third;
    third.start(resolver, "sip:ex");
    resolver.turn();
    EXPECT_EQ(third.rest(), (texts{"192.0.2.1", "192.0.2.2", "0"}));
    sipha_release(third.handle);
}

TEST(CApi, CountsWhatItDoes) {
    const c_resolver resolver("h1.ex A 192.0.2.1; h1.ex AAAA 2001:db8::1");
    c_lookup one;
    for (int count = 0; count < 2; ++count) {
        one.start(resolver, "sip:h1.ex:5060");
        resolver.turn();
        sipha_release(one.handle);
    }
    sipha_metrics counted{};
    counted.size = sizeof counted;
    ASSERT_EQ(sipha_get_metrics(resolver, &counted), SIPHA_OK);
    EXPECT_EQ(counted.size, sizeof counted);
    EXPECT_EQ(counted.lookups, 2u);
    EXPECT_EQ(counted.open_lookups, 0u);
    EXPECT_GE(counted.cache_misses, 1u);
    EXPECT_GE(counted.cached_answers, 1u);
    EXPECT_EQ(counted.session_events_dropped, 0u);
    counted.size = 3;
    EXPECT_EQ(sipha_get_metrics(resolver, &counted), SIPHA_EINVAL);
    EXPECT_EQ(sipha_get_metrics(nullptr, &counted), SIPHA_EINVAL);
}

TEST(CApi, NullArgumentsAreRefused) {
    const c_resolver resolver("");
    const auto done = [](void*, sipha_lookup_t*, std::int32_t) {};
    sipha_lookup_t* lookup = nullptr;
    sipha_candidate place{};
    place.size = sizeof place;
    EXPECT_EQ(sipha_new(nullptr, nullptr), SIPHA_EINVAL);
    EXPECT_EQ(sipha_process(nullptr), SIPHA_EINVAL);
    EXPECT_EQ(sipha_fd(nullptr), -1);
    EXPECT_EQ(sipha_timeout_ms(nullptr), -1);
    EXPECT_EQ(sipha_start_thread(resolver, nullptr, nullptr), SIPHA_EINVAL);
    EXPECT_EQ(sipha_resolve(nullptr, "sip:a", nullptr, done, nullptr, &lookup), SIPHA_EINVAL);
    EXPECT_EQ(sipha_resolve(resolver, nullptr, nullptr, done, nullptr, &lookup), SIPHA_EINVAL);
    EXPECT_EQ(sipha_resolve(resolver, "sip:a", nullptr, nullptr, nullptr, &lookup), SIPHA_EINVAL);
    EXPECT_EQ(sipha_next(nullptr, &place), SIPHA_EINVAL);
    EXPECT_EQ(sipha_cancel(nullptr), SIPHA_EINVAL);
    EXPECT_EQ(sipha_sockaddr(nullptr, &place, nullptr), SIPHA_EINVAL);
    sipha_free(nullptr);
}

TEST(CApi, EachStatusHasASentenceOfItsOwn) {
    std::set<std::string> sentences;
    const auto last = -100 - static_cast<int>(errc::exhausted);
    int count = 0;
    for (int status = SIPHA_OK; status >= last; --status) {
        if (status >= SIPHA_EINTERNAL || status <= SIPHA_EBAD_URI) {
            sentences.insert(sipha_strerror(status));
            ++count;
        }
    }
    EXPECT_EQ(sentences.size(), static_cast<std::size_t>(count));
    for (const int status : {1, -50, -100, -199, -200, INT32_MIN, INT32_MAX}) {
        EXPECT_NE(sipha_strerror(status), nullptr) << status;
    }
    EXPECT_STREQ(sipha_version(), SIPHA_TEST_VERSION);
}

TEST(CApi, CandidateBecomesASocketAddress) {
    sipha_candidate place{};
    place.size = sizeof place;
    place.transport = SIPHA_UDP;
    place.family = 4;
    place.port = 5070;
    std::memcpy(place.octets, "\xc0\x00\x02\x01", 4);
    sockaddr_storage storage{};
    std::uint32_t length = sizeof storage;
    ASSERT_EQ(sipha_sockaddr(&place, &storage, &length), SIPHA_OK);
    sockaddr_in v4{};
    ASSERT_EQ(length, sizeof v4);
    std::memcpy(&v4, &storage, sizeof v4);
    EXPECT_EQ(v4.sin_family, AF_INET);
    EXPECT_EQ(ntohs(v4.sin_port), 5070);
    EXPECT_EQ(ntohl(v4.sin_addr.s_addr), 0xC0000201u);
    place.family = 6;
    length = sizeof(sockaddr_in6);
    ASSERT_EQ(sipha_sockaddr(&place, &storage, &length), SIPHA_OK);
    EXPECT_EQ(storage.ss_family, AF_INET6);
    length = sizeof(sockaddr_in6) - 1;
    EXPECT_EQ(sipha_sockaddr(&place, &storage, &length), SIPHA_EINVAL);
    place.family = 5;
    length = sizeof storage;
    EXPECT_EQ(sipha_sockaddr(&place, &storage, &length), SIPHA_EINVAL);
}

}  // namespace
}  // namespace sipha::resolver
