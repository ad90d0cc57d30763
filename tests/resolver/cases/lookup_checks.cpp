#include "tests/resolver/cases/lookup_checks.hpp"

#include <algorithm>

#include "resolver/src/idna.hpp"
#include "tests/resolver/cases/notation.hpp"

namespace sipha::resolver::test::cases {
namespace {

void check_explanation(const lookup_result& result, const fields& step, verdict& out) {
    for (const auto& wanted : step.list("explains")) {
        const auto space = wanted.find(' ');
        const auto kind = wanted.substr(0, space);
        const auto text = wanted.substr(space + 1);
        const auto& steps = result.steps;
        const bool is_told = std::any_of(steps.begin(), steps.end(), [&](const auto& line) {
            return name(line.kind) == kind && line.text.find(text) != text.npos;
        });
        out.expect(is_told, step.where(), "does not explain '" + wanted + "'");
    }
}

}  // namespace

std::string lookup_answer::text() const {
    return error ? "! " + error_word(error) : places_text(result.candidates);
}

/// "{label63}" stands for 63 letters.
std::string with_labels(std::string uri) {
    for (auto at = uri.find("{label"); at != uri.npos; at = uri.find("{label")) {
        const auto end = uri.find('}', at);
        const auto length = std::stoul(uri.substr(at + 6, end - at - 6));
        uri.replace(at, end - at + 1, std::string(length, 'x'));
    }
    return uri;
}

void check_answer(const lookup_answer& got, const fields& step, verdict& out) {
    const auto& found = got.result.candidates;
    const auto expected = step.text_or("expect", "");
    const auto without_idn = step.text_or("without_idn", expected);
    if (step.has("expect")) {
        const auto problem = mismatch(detail::has_idna() ? expected : without_idn, got.text());
        out.expect(!problem, step.where(), problem.value_or(""));
    }
    if (const auto count = step.number("expect_count")) {
        const auto told = std::to_string(found.size()) + " candidates";
        out.expect(found.size() == *count, step.where(), told);
    }
    for (const auto& wanted : step.list("warnings")) {
        const auto& list = got.result.warnings;
        const bool is_told = std::any_of(list.begin(), list.end(), [&](const auto& item) {
            return std::string(name(item.kind)) + ' ' + item.subject == wanted;
        });
        out.expect(is_told, step.where(), "no warning '" + wanted + "'");
    }
    const auto each = [&](const char* key, const auto& holds) {
        if (step.has(key)) {
            const bool all = std::all_of(found.begin(), found.end(), holds);
            out.expect(all && !found.empty(), step.where(), std::string(key) + " is not so");
        }
    };
    const auto tls_name = step.text_or("tls_name", "");
    each("tls_name", [&](const candidate& place) { return place.tls_name == tls_name; });
    const auto is_stale = step.flag("stale");
    each("stale", [&](const candidate& place) { return place.is_stale == *is_stale; });
    const auto priority = step.number("priorities");
    each("priorities", [&](const candidate& p) { return p.rank.srv_priority == *priority; });
    check_explanation(got.result, step, out);
}

}  // namespace sipha::resolver::test::cases
