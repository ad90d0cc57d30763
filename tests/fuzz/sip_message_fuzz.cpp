#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/sip/builder.hpp"
#include "proxy/sip/fields.hpp"
#include "proxy/sip/patch.hpp"
#include "tests/fuzz/sip_values.hpp"

// Reads the input as one datagram. Beyond not crashing it claims: views stay inside the input,
// parsing our own output works, an empty patch changes nothing, and removing the top value removes
// exactly one.

namespace {

using namespace sipha::sip;
using namespace sipha::fuzz;

std::size_t count_values(const message& view, header_id id) {
    std::size_t count = 0;
    for (const auto value : values_of(view, id)) {
        require(is_inside(value, view.bytes()));
        ++count;
    }
    return count;
}

void check_removal(const message& view, header_id id) {
    // Values that are empty, or end in a comma, have no faithful list without them.
    for (const auto& field : view.headers()) {
        if (field.id == id && (field.value.empty() || field.value.back() == ',')) {
            return;
        }
    }
    for (const auto value : values_of(view, id)) {
        if (value.empty()) {
            return;
        }
    }
    const auto before = count_values(view, id);
    patch edits;
    edits.reset(view);
    edits.erase_first_value(view, id);
    std::string out;
    edits.append_to(out);
    message after;
    const auto error = parse_message(out, after);
    require(!error && count_values(after, id) + (before > 0 ? 1u : 0u) == before);
}

void read_datagram(std::string_view bytes) {
    message view;
    if (parse_message(bytes, view)) {
        validate(view);
        return;
    }
    require(is_inside(view.bytes(), bytes) && is_inside(view.body(), view.bytes()));
    for (const auto& field : view.headers()) {
        require(is_inside(field.line, view.bytes()) && is_inside(field.value, field.line));
        auto rest = field.value;
        read_value(rest);
        while (const auto value = next_value(rest)) {
            read_value(*value);
        }
    }
    read_uri(view.request_uri());

    std::string out;
    patch edits;
    edits.reset(view);
    edits.append_to(out);
    require(out == view.bytes());

    const auto verdict = validate(view);
    if (verdict.status == 0) {
        check_removal(view, header_id::via);
        check_removal(view, header_id::route);
    }
    if (view.is_request()) {
        out.clear();
        append_response(out, view, {.status = 400, .reason = verdict.reason, .to_tag = "t"});
        message response;
        const auto error = parse_message(out, response);
        require(!error && response.status() == 400);
        require(verdict.status != 0 || validate(response).status == 0);
        out.clear();
        append_ack_for_failure(out, view, "<sip:a@b>;tag=c");
        append_cancel(out, view, {});
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    read_datagram(bytes);
    return 0;
}
