// The pure pieces of a lookup one by one, for profiles and for before and after of a change. The
// table with the bars is resolver_bench.
#include <ares.h>
#include <benchmark/benchmark.h>

#include <sipha/resolver/resolution.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <vector>

#include "resolver/src/dns_message.hpp"
#include "tests/resolver/support/zone.hpp"

namespace sipha::bench {
namespace {

using resolver::question;
using resolver::record_type;

/// As warm.test of the table: 7 candidates.
const resolver::test::zone& content() {
    static const resolver::test::zone warm(
        "GLUE;"
        "ex NAPTR 10 10 s SIP+D2T - _sip._tcp.ex; ex NAPTR 10 20 s SIP+D2U - _sip._udp.ex;"
        "_sip._tcp.ex SRV 10 60 5060 h1.ex; _sip._tcp.ex SRV 10 20 5060 h3.ex;"
        "_sip._udp.ex SRV 10 60 5060 h2.ex;"
        "h1.ex A 192.0.2.1; h1.ex AAAA 2001:db8::1; h2.ex A 192.0.2.2; h2.ex AAAA 2001:db8::2;"
        "h3.ex A 192.0.2.3; h3.ex AAAA 2001:db8::3; h3.ex AAAA 2001:db8::33"
    );
    return warm;
}

const question srv_question{"_sip._tcp.ex", record_type::srv};

void decode_srv_with_glue(benchmark::State& state) {
    const auto message = *content().respond(srv_question);
    for (auto _ : state) {
        benchmark::DoNotOptimize(resolver::detail::decode_answer(srv_question, message));
    }
}
BENCHMARK(decode_srv_with_glue);

/// The floor: the parser of c-ares, which reads neither TTL nor glue.
void cares_parses_srv(benchmark::State& state) {
    const auto message = *content().respond(srv_question);
    for (auto _ : state) {
        ares_srv_reply* records = nullptr;
        ares_parse_srv_reply(message.data(), static_cast<int>(message.size()), &records);
        benchmark::DoNotOptimize(records);
        ares_free_data(records);
    }
}
BENCHMARK(cares_parses_srv);

void encode_query(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(
            resolver::detail::encode_query(1, srv_question, resolver::detail::edns_use::on)
        );
    }
}
BENCHMARK(encode_query);

/// The rules of RFC 3263 over decoded answers: no memory of an earlier lookup, no cache.
void locate_seven(benchmark::State& state) {
    const resolver::time_point now{};
    std::map<question, resolver::answer_ptr> answers;
    for (auto _ : state) {
        resolver::resolution lookup("sip:ex", {}, now);
        for (auto asked = lookup.advance(now); !lookup.is_done(); asked = lookup.advance(now)) {
            for (const auto& item : asked) {
                auto& answer = answers[item];
                if (!answer) {
                    answer = std::make_shared<resolver::dns_answer>(
                        resolver::detail::decode_answer(item, *content().respond(item))
                    );
                }
                lookup.answer(item, answer, now + std::chrono::hours(1));
            }
        }
        benchmark::DoNotOptimize(lookup.take_result());
    }
}
BENCHMARK(locate_seven);

}  // namespace
}  // namespace sipha::bench

BENCHMARK_MAIN();
