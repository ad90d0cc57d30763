#include "tests/resolver/cases/lookup_steps.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "tests/resolver/cases/lookup_checks.hpp"
#include "tests/resolver/cases/notation.hpp"

namespace sipha::resolver::test::cases {
namespace {

using duration = world::duration;

constexpr double standard_deviations = 5;
/// Longer than the longest budget of a lookup.
constexpr std::chrono::seconds patience{60};

struct outcome {
    int calls = 0;
    lookup_answer answer;
    duration took{0};
};

std::string question_text(const question& asked) {
    return asked.name + ' ' + std::string(name(asked.type));
}

void check_queries(world& here, const fields& step, verdict& out) {
    const auto& seen = here.dns().queries();
    std::string list;
    std::set<std::string> texts;
    std::set<std::size_t> servers;
    std::size_t over_tcp = 0;
    for (const auto& query : seen) {
        const auto text = question_text(query.asked);
        list += " (" + text + ')';
        texts.insert(text);
        servers.insert(query.server + 1);
        over_tcp += query.over == dns_protocol::tcp ? 1 : 0;
    }
    const auto expect_count = [&](const char* key, std::size_t count) {
        const auto wanted = step.number(key);
        out.expect(
            !wanted || *wanted == count,
            step.where(),
            std::string(key) + " is " + std::to_string(count) + ", asked:" + list
        );
    };
    expect_count("queries", seen.size());
    expect_count("repeats", seen.size() - texts.size());
    expect_count("over_tcp", over_tcp);
    for (const auto& wanted : step.list("asked")) {
        out.expect(texts.contains(wanted), step.where(), "did not ask " + wanted + ", but" + list);
    }
    for (const auto& barred : step.list("not_asked")) {
        out.expect(!texts.contains(barred), step.where(), "asked " + barred);
    }
    if (step.has("asked_servers")) {
        std::set<std::size_t> wanted;
        for (const auto& word : step.list("asked_servers")) {
            wanted.insert(std::stoul(word));
        }
        out.expect(servers == wanted, step.where(), "asked other servers:" + list);
    }
}

void check_times(const outcome& got, const fields& step, verdict& out) {
    const auto told = "took " + std::to_string(got.took.count()) + " ms";
    const auto exact = step.duration("takes");
    out.expect(!exact || got.took == *exact, step.where(), told);
    const auto limit = step.duration("within");
    out.expect(!limit || got.took <= *limit, step.where(), told);
}

/// "TCP via.ex:5070": transport and sent-by of a Via (RFC 3261 20.42).
via_target parse_via(const std::string& text) {
    const auto words = words_of(text);
    via_target out;
    out.transport = parse_transport(words.at(0)).value();
    out.host = words.at(1);
    const auto colon = out.host.rfind(':');
    if (colon != out.host.npos && out.host.find(']', colon) == out.host.npos) {
        out.port = static_cast<std::uint16_t>(std::stoul(out.host.substr(colon + 1)));
        out.host.resize(colon);
    }
    return out;
}

void check_result(world& here, const outcome& got, const fields& step, verdict& out) {
    check_answer(got.answer, step, out);
    const auto& found = got.answer.result.candidates;
    const auto ttl = step.duration("ttl");
    for (const auto& place : found) {
        const bool is_so = !ttl || place.expires == here.now() + *ttl;
        out.expect(is_so, step.where(), "another ttl");
    }
    check_times(got, step, out);
}

/// Each callback came once; those cancelled or aborted say so.
void check_ends(
    const std::vector<outcome>& all, std::size_t cancelled, const fields& step, verdict& out
) {
    for (std::size_t index = 0; index < all.size(); ++index) {
        const auto calls = std::to_string(all[index].calls) + " callbacks";
        out.expect(all[index].calls == 1, step.where(), calls);
        const bool is_cancelled = all[index].answer.error == errc::cancelled;
        out.expect(
            is_cancelled == (index < cancelled), step.where(), "ends " + all[index].answer.text()
        );
    }
}

}  // namespace

lookup_id begin_lookup(world& here, const fields& step, lookup_callback done) {
    if (!step.has("reply")) {
        const auto uri = with_labels(step.text(step.has("start") ? "start" : "lookup"));
        return here.engine().resolve(uri, here.options(), std::move(done));
    }
    return here.engine().resolve_reply(
        parse_via(step.text("reply")), here.options(), std::move(done)
    );
}

void run_lookup(world& here, const fields& step, verdict& out) {
    std::vector<outcome> all(step.number("count").value_or(1));
    const auto began = here.now();
    std::vector<lookup_id> ids;
    for (auto& one : all) {
        auto note = [&one, &here, began](std::error_code error, lookup_result result) {
            ++one.calls;
            one.answer = {error, std::move(result)};
            one.took = std::chrono::duration_cast<duration>(here.now() - began);
        };
        ids.push_back(begin_lookup(here, step, std::move(note)));
        out.expect(one.calls == 0, step.where(), "called back inside the call");
    }
    const auto cancelled = step.number("cancel").value_or(0);
    for (std::size_t index = 0; index < cancelled; ++index) {
        here.engine().cancel(ids[index]);
        out.expect(all[index].calls == 0, step.where(), "called back inside the call");
    }
    if (step.flag("destroy").value_or(false)) {
        here.destroy();
        for (const auto& one : all) {
            const bool is_aborted = one.calls == 1 && one.answer.error == errc::aborted;
            out.expect(is_aborted, step.where(), "is not aborted once");
        }
        return;
    }
    here.run_until(began + patience, [&all] {
        return std::all_of(all.begin(), all.end(), [](const auto& one) { return one.calls != 0; });
    });
    check_ends(all, cancelled, step, out);
    for (auto index = cancelled; index < all.size(); ++index) {
        check_result(here, all[index], step, out);
    }
    check_queries(here, step, out);
}

void start_lookup(world& here, const fields& step, memory& past) {
    past.pending = std::make_shared<memory::pending_lookup>();
    auto note = [shared = past.pending, &here](std::error_code error, lookup_result result) {
        ++shared->calls;
        shared->answer = {error, std::move(result)};
        shared->ended = here.now();
    };
    begin_lookup(here, step, std::move(note));
    here.settle();
}

void finish_lookup(world& here, const fields& step, const memory& past, verdict& out) {
    const auto& pending = *past.pending;
    const bool is_wanted = step.flag("finish").value_or(false);
    out.expect(is_wanted && pending.calls == 0, step.where(), "the lookup had ended before");
    const auto limit = world::start + step.duration("by").value();
    here.run_until(limit, [&pending] { return pending.calls != 0; });
    out.expect(pending.calls == 1, step.where(), "the lookup has not ended");
    check_answer(pending.answer, step, out);
}

void run_draw(world& here, const fields& step, verdict& out) {
    const auto times = step.number("times").value_or(1);
    std::map<std::string, std::size_t> first;
    for (std::size_t index = 0; index < times; ++index) {
        std::string got;
        here.engine().resolve(
            step.text("draw"),
            here.options(),
            [&got](std::error_code, lookup_result result) { got = places_text(result.candidates); }
        );
        here.run_until(here.now() + patience, [&got] { return !got.empty(); });
        if (const auto problem = mismatch(step.text("expect"), got)) {
            out.fail(step.where(), *problem);
            return;
        }
        ++first[words_of(got).at(0)];
    }
    const auto n = static_cast<double>(times);
    const auto tolerance = [n](double share) {
        return standard_deviations * std::sqrt(n * share * (1 - share));
    };
    for (const auto& [place, text] : step.table("first")) {
        const auto share = std::stod(text);
        const auto count = static_cast<double>(first[place]);
        const auto told = place + " is first " + std::to_string(first[place]) + " times";
        out.expect(std::abs(count - n * share) <= tolerance(share), step.where(), told);
    }
    for (const auto& [place, text] : step.table("at_most")) {
        const auto share = std::stod(text);
        const auto count = static_cast<double>(first[place]);
        const auto told = place + " is first " + std::to_string(first[place]) + " times";
        out.expect(count <= n * share + tolerance(share), step.where(), told);
    }
}

void run_keyed(const fields& setup, const fields& step, verdict& out) {
    auto lines = words_of(setup.text("zone")).empty() ? "" : setup.text("zone");
    std::replace(lines.begin(), lines.end(), ';', '\n');
    std::istringstream stream(lines);
    std::string reversed;
    for (std::string line; std::getline(stream, line);) {
        reversed = line + '\n' + reversed;
    }
    world one(setup, 1);
    world other(setup, 2);
    other.dns().set_content(make_zone_text(reversed, std::nullopt));
    std::set<std::string> orders;
    for (std::size_t key = 0; key < step.number("keys").value_or(1); ++key) {
        std::vector<std::string> got;
        for (auto* here : {&one, &other, &one}) {
            auto options = here->options();
            options.seed = seed_from("call-" + std::to_string(key));
            std::string text;
            here->engine().resolve(
                step.text("keyed"),
                options,
                [&text](std::error_code, lookup_result result) {
                    text = places_text(result.candidates);
                }
            );
            here->run_until(here->now() + patience, [&text] { return !text.empty(); });
            got.push_back(std::move(text));
        }
        const bool is_same = got[0] == got[1] && got[0] == got[2];
        out.expect(is_same, step.where(), got[0] + " differs from " + got[1] + " or " + got[2]);
        orders.insert(got[0]);
    }
    out.expect(orders.size() > 1, step.where(), "every key gives the same order");
}

}  // namespace sipha::resolver::test::cases
