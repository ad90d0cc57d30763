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
    out["stale"] = place.is_stale;
    if (place.expires == never) {
        out["ttl_s"] = nullptr;
    } else {
        const auto left = std::chrono::duration_cast<std::chrono::seconds>(place.expires - now);
        out["ttl_s"] = std::max<std::int64_t>(0, left.count());
    }
    return out;
}

boost::json::object object_of(const probe_result& probe) {
    boost::json::object out;
    out["alive"] = nullptr;
    if (probe.found != probe_result::verdict::unknown) {
        out["alive"] = probe.found == probe_result::verdict::alive;
    }
    out["rtt_us"] = nullptr;
    if (probe.found == probe_result::verdict::alive) {
        out["rtt_us"] = probe.rtt.count();
    }
    out["cause"] = probe.cause;
    return out;
}

/// Only the fields that the kind of the step has.
boost::json::object object_of(const explain_step& step) {
    boost::json::object out;
    out["depth"] = step.depth;
    out["kind"] = text_of(name(step.kind));
    out["text"] = step.text;
    if (!step.name.empty()) {
        out["name"] = step.name;
    }
    if (step.type) {
        out["type"] = text_of(name(*step.type));
    }
    if (step.ttl_s) {
        out["ttl_s"] = *step.ttl_s;
    }
    if (!step.values.empty()) {
        boost::json::array values;
        for (const auto& value : step.values) {
            values.emplace_back(value);
        }
        out["values"] = std::move(values);
    }
    if (step.draw) {
        boost::json::object draw;
        draw["priority"] = step.draw->priority;
        draw["weight"] = step.draw->weight;
        draw["port"] = step.draw->port;
        draw["drawn"] = step.draw->drawn;
        draw["total"] = step.draw->total;
        out["draw"] = std::move(draw);
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
    for (std::size_t index = 0; index < from.result.candidates.size(); ++index) {
        auto entry = object_of(from.result.candidates[index], from.now);
        if (!from.probes.empty()) {
            entry["probe"] = object_of(from.probes.at(index));
        }
        candidates.push_back(std::move(entry));
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
        steps.push_back(object_of(item));
    }
    out["steps"] = std::move(steps);
    return boost::json::serialize(out) + '\n';
}

}  // namespace sipha::resolver::cli
