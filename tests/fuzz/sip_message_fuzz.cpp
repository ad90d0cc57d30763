#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/sip/builder.hpp"
#include "proxy/sip/fields.hpp"
#include "proxy/sip/framer.hpp"
#include "proxy/sip/patch.hpp"

// Reads the input as one datagram and as a stream. Beyond not crashing it claims: views stay inside
// the input, parsing our own output works, an empty patch changes nothing, removing the top value
// removes exactly one, and the framer's events do not depend on how the stream was cut.

namespace {

using namespace sipha::sip;

void require(bool claim) {
    if (!claim) {
        std::abort();
    }
}

bool is_inside(std::string_view part, std::string_view whole) {
    return part.empty() || (part.data() >= whole.data() &&
                            part.data() + part.size() <= whole.data() + whole.size());
}

void read_parameters(const parameters& list, std::string_view whole) {
    std::size_t steps = 0;
    for (const auto& one : list) {
        require(is_inside(one.raw, whole) && is_inside(one.value, whole));
        require(++steps <= whole.size() + 1);
    }
    list.value("tag");
}

void read_uri(std::string_view text) {
    const auto found = parse_uri(text);
    if (!found) {
        return;
    }
    require(is_inside(found->host, text) && is_inside(found->user, text));
    read_parameters(found->params, text);
    require(equivalent(*found, *found));
    const auto key = canonical_aor(*found);
    const auto again = parse_uri(key);
    require(again.has_value() && canonical_aor(*again) == key);
}

void read_value(std::string_view value) {
    const sipha::sip::endpoint source{transport::tcp, {}, 5060};
    if (const auto found = parse_via(value)) {
        read_parameters(found->params, value);
        const auto stamped = via_with_source(*found, source);
        const auto again = parse_via(stamped);
        // The added `received` may be the parameter too many.
        require(again.has_value() || stamped.size() > value.size());
        require(!again || via_with_source(*again, source) == stamped);
    }
    if (const auto found = parse_name_addr(value)) {
        require(is_inside(found->uri, value) && is_inside(found->display_name, value));
        read_parameters(found->params, value);
        read_uri(found->uri);
    }
    parse_cseq(value);
    read_uri(value);
    read_parameters({value}, value);
}

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

struct seen_event {
    framer::event what = framer::event::need_more;
    std::string text;
    bool operator==(const seen_event&) const = default;
};

std::vector<seen_event> read_stream(std::string_view bytes, std::size_t chunk) {
    framer stream({4096, 4096});
    std::vector<seen_event> events;
    while (!bytes.empty()) {
        stream.push(bytes.substr(0, chunk));
        bytes.remove_prefix(std::min(chunk, bytes.size()));
        for (;;) {
            std::string_view message;
            const auto what = stream.next(message);
            if (what == framer::event::need_more) {
                break;
            }
            if (what == framer::event::error) {
                events.push_back({what, std::string(stream.error_text())});
                return events;
            }
            events.push_back({what, std::string(message)});
        }
    }
    return events;
}

void compare_chunkings(std::string_view bytes) {
    const auto whole = read_stream(bytes, bytes.size() + 1);
    const auto chunk = bytes.empty() ? std::size_t{1} : bytes.size() % 37 + 1;
    require(read_stream(bytes, chunk) == whole);
    require(read_stream(bytes, 1) == whole);
    for (const auto& one : whole) {
        if (one.what == framer::event::message) {
            message view;
            const auto error = parse_message(one.text, view);
            // What the framer cut is one whole message, or has more headers than are taken.
            require(error == parse_error::too_many_headers || (!error && view.bytes() == one.text));
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    read_datagram(bytes);
    compare_chunkings(bytes);
    return 0;
}
