#include "resolver/cli/event_line.hpp"

#include <boost/json.hpp>

#include <string_view>
#include <utility>

namespace sipha::resolver::cli {
namespace {

boost::json::string owned(std::string_view value) {
    return boost::json::string(value.data(), value.size());
}

std::string text_of(const watched_event& happened) {
    const auto& event = happened.event;
    std::string text = std::to_string(happened.unix_ms);
    const auto add = [&text](std::string_view key, std::string_view value) {
        text.append(" ").append(key).append("=").append(value);
    };
    add("state", name(event.state));
    add("reason", name(event.reason));
    add("target", event.target ? event.target->to_string() : "-");
    if (event.register_after.count() != 0) {
        add("register_after", std::to_string(event.register_after.count()) + "ms");
    }
    if (event.is_stale) {
        add("dns", "stale");
    }
    if (event.retry_in) {
        add("retry_in", std::to_string(event.retry_in->count()) + 's');
    }
    std::string places;
    for (const auto& one : happened.places) {
        places += places.empty() ? "" : ",";
        places += one.target.to_string();
        if (one.standing != standing::ok) {
            places.append("(").append(name(one.standing)).append(")");
        }
    }
    add("places", places.empty() ? "-" : places);
    if (event.error) {
        add("error", '"' + event.error.message() + '"');
    }
    return text + '\n';
}

std::string json_of(const watched_event& happened) {
    const auto& event = happened.event;
    boost::json::object out;
    out["time_ms"] = happened.unix_ms;
    out["state"] = owned(name(event.state));
    out["reason"] = owned(name(event.reason));
    out["target"] = nullptr;
    if (event.target) {
        out["target"] = event.target->to_string();
    }
    out["register_after_ms"] = event.register_after.count();
    out["stale"] = event.is_stale;
    out["error"] = nullptr;
    if (event.error) {
        out["error"] = event.error.message();
    }
    out["retry_in_s"] = nullptr;
    if (event.retry_in) {
        out["retry_in_s"] = event.retry_in->count();
    }
    boost::json::array places;
    for (const auto& one : happened.places) {
        boost::json::object entry;
        entry["place"] = one.target.to_string();
        entry["standing"] = owned(name(one.standing));
        entry["rtt_us"] = nullptr;
        if (one.rtt) {
            entry["rtt_us"] = one.rtt->count();
        }
        places.push_back(std::move(entry));
    }
    out["places"] = std::move(places);
    return boost::json::serialize(out) + '\n';
}

}  // namespace

std::string line_of(const watched_event& happened, output_format format) {
    return format == output_format::json ? json_of(happened) : text_of(happened);
}

}  // namespace sipha::resolver::cli
