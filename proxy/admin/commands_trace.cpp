// trace_start, trace_stop, trace_show, trace_capture
#include <array>

#include "proxy/admin/command_list.hpp"
#include "proxy/admin/trace_text.hpp"
#include "proxy/log/utf8.hpp"

namespace sipha::admin {

namespace {

constexpr std::size_t max_filter_bytes = 256;
constexpr number_range durations{1, 3600, 600};

std::string_view name_of(trace_filter::kind what) {
    switch (what) {
        case trace_filter::kind::call_id:
            return "call_id";
        case trace_filter::kind::user:
            return "user";
        case trace_filter::kind::source:
            break;
    }
    return "source";
}

json::object trace_start(const session& in, const json::object& request) {
    std::optional<trace_filter> filter;
    for (const auto kind :
         {trace_filter::kind::call_id, trace_filter::kind::user, trace_filter::kind::source}) {
        const auto text = text_of(request, name_of(kind));
        if (!text || text->size() > max_filter_bytes) {
            return refuse("what to trace is not a text of at most 256 octets");
        }
        if (text->empty()) {
            continue;
        }
        if (filter) {
            return refuse("give one of call_id, user and source");
        }
        filter = trace_filter{kind, std::string(*text)};
    }
    if (!filter) {
        return refuse("nothing to trace; give call_id, user or source");
    }
    if (filter->what == trace_filter::kind::source && !geo::ip_address::parse(filter->text)) {
        return refuse("\"source\" is not an IP address");
    }
    const auto duration = number_of(request, "duration_s", durations);
    if (!duration) {
        return refuse("\"duration_s\" is not a number of seconds from 1 to 3600");
    }
    trace_limits limits;
    limits.duration = std::chrono::seconds(*duration);
    in.process.traces().start(in.now.mono, std::move(*filter), limits);
    return {{"ok", true}, {"duration_s", *duration}, {"max_messages", limits.max_messages}};
}

json::object about(const tracer& trace) {
    return {
        {"ok", true},
        {"on", trace.is_on()},
        {"filter", name_of(trace.filter().what)},
        {"value", log::to_utf8(trace.filter().text)},
        {"messages", trace.messages().size()},
        {"lost", trace.lost()}};
}

json::object trace_stop(const session& in, const json::object&) {
    in.process.traces().stop();
    return about(in.process.traces());
}

json::object trace_show(const session& in, const json::object&) {
    const auto& trace = in.process.traces();
    auto out = about(trace);
    out["text"] = log::to_utf8(ladder(trace.messages()));
    return out;
}

json::object trace_capture(const session& in, const json::object&) {
    const auto& trace = in.process.traces();
    const auto file = capture_file(trace.messages(), in.node.options().listeners);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(file.size() * 2);
    for (const char c : file) {
        hex += digits[static_cast<unsigned char>(c) >> 4];
        hex += digits[static_cast<unsigned char>(c) & 0xfU];
    }
    auto out = about(trace);
    out["pcap_hex"] = std::move(hex);
    return out;
}

constexpr std::array<command, 4> commands{{
    {"trace_start", access::change, trace_start},
    {"trace_stop", access::change, trace_stop},
    {"trace_show", access::change, trace_show},
    {"trace_capture", access::change, trace_capture},
}};

}  // namespace

std::span<const command> trace_commands() {
    return commands;
}

}  // namespace sipha::admin
