#include <boost/json/src.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include "resolver/cli/report.hpp"

namespace sipha::resolver::cli {
namespace {

// Names that do not own their text become JSON strings through this.
boost::json::string text_of(std::string_view value) {
    return boost::json::string(value.data(), value.size());
}

boost::json::object object_of(const candidate& place, time_point now) {
    boost::json::object out;
    out["transport"] = text_of(name(place.transport));
    out["address"] = place.ip.to_string();
    out["port"] = place.port;
    out["tls_name"] = place.tls_name;
    out["target"] = place.srv_target;
    out["naptr_order"] = place.rank.naptr_order;
    out["naptr_preference"] = place.rank.naptr_preference;
    out["srv_priority"] = place.rank.srv_priority;
    out["draw"] = place.rank.draw;
    out["address_position"] = place.rank.address;
    if (place.expires == never) {
        out["ttl_s"] = nullptr;
    } else {
        const auto left = std::chrono::duration_cast<std::chrono::seconds>(place.expires - now);
        out["ttl_s"] = std::max<std::int64_t>(0, left.count());
    }
    return out;
}

}  // namespace

std::string json_of(const report& from) {
    boost::json::object out;
    out["uri"] = text_of(from.uri);
    out["error"] = nullptr;
    if (from.error) {
        out["error"] = from.error.message();
    }
    boost::json::array candidates;
    for (const auto& place : from.result.candidates) {
        candidates.push_back(object_of(place, from.now));
    }
    out["candidates"] = std::move(candidates);
    boost::json::array warnings;
    for (const auto& item : from.result.warnings) {
        boost::json::object entry;
        entry["kind"] = text_of(name(item.kind));
        entry["subject"] = item.subject;
        warnings.push_back(std::move(entry));
    }
    out["warnings"] = std::move(warnings);
    boost::json::array steps;
    for (const auto& item : from.result.steps) {
        boost::json::object entry;
        entry["depth"] = item.depth;
        entry["kind"] = text_of(name(item.kind));
        entry["text"] = item.text;
        steps.push_back(std::move(entry));
    }
    out["steps"] = std::move(steps);
    return boost::json::serialize(out) + '\n';
}

}  // namespace sipha::resolver::cli
