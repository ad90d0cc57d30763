#include "proxy/admin/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "proxy/admin/totals.hpp"

namespace sipha::admin {

namespace {

using families = std::map<std::string, prometheus::MetricFamily>;

constexpr std::string_view prefix = "sipha_proxy_";

void put(
    families& all, const std::string& name, prometheus::ClientMetric metric, const char* help
) {
    auto& family = all[name];
    family.name = name;
    family.help = help;
    family.type =
        name.ends_with("_total") ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
    family.metric.push_back(std::move(metric));
}

prometheus::ClientMetric metric_of(
    std::uint64_t count, std::string_view label = {}, std::string_view value = {}
) {
    prometheus::ClientMetric metric;
    if (!label.empty()) {
        metric.label.push_back({std::string(label), std::string(value)});
    }
    metric.counter.value = static_cast<double>(count);
    metric.gauge.value = static_cast<double>(count);
    return metric;
}

families collect(const proxy::node& node, const control& process) {
    families all;
    visit_totals(node, process, [&](total_group group, std::string_view name, std::uint64_t n) {
        const std::string full = std::string(prefix) + std::string(name);
        switch (group) {
            case total_group::gauges:
                put(all, full, metric_of(n), "Now.");
                break;
            case total_group::totals:
                put(all, full + "_total", metric_of(n), "Since the start.");
                break;
            case total_group::drops:
                put(all,
                    std::string(prefix) + "dropped_total",
                    metric_of(n, "reason", name),
                    "Messages and records dropped, by reason.");
                break;
            case total_group::shell:
                put(all,
                    std::string(prefix) + "shell_total",
                    metric_of(n, "counter", name),
                    "Counters of sockets, by name.");
                break;
        }
    });
    const auto status = process.status();
    put(all,
        "sipha_proxy_uptime_seconds",
        metric_of(static_cast<std::uint64_t>(status.uptime.count())),
        "Since the start.");
    put(all, "sipha_proxy_info", metric_of(1, "version", status.version), "Always 1.");
    return all;
}

}  // namespace

std::string metrics_text(const proxy::node& node, const control& process) {
    std::vector<prometheus::MetricFamily> list;
    for (auto& [name, family] : collect(node, process)) {
        list.push_back(std::move(family));
    }
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, list);
    return out.str();
}

std::vector<std::string> metric_names(const proxy::node& node, const control& process) {
    std::vector<std::string> names;
    for (const auto& [name, family] : collect(node, process)) {
        names.push_back(name);
    }
    return names;
}

}  // namespace sipha::admin
