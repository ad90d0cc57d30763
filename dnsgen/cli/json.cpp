#include <boost/json/src.hpp>

#include "dnsgen/cli/report.hpp"

namespace sipha::dnsgen {

std::string to_json(const report& what) {
    namespace json = boost::json;
    json::array found;
    for (const auto& entry : what.diagnostics->sorted()) {
        json::object item;
        item["line"] = entry.at.line;
        item["column"] = entry.at.column;
        item["level"] = entry.level == geo::yaml::severity::error ? "error" : "warning";
        item["rule"] = entry.rule;
        item["text"] = entry.text;
        found.push_back(std::move(item));
    }
    json::object result;
    result["command"] = what.command;
    result["file"] = what.diagnostics->file();
    result["errors"] = what.diagnostics->error_count();
    result["warnings"] = what.diagnostics->warning_count();
    result["diagnostics"] = std::move(found);
    result["rendered"] = nullptr;
    if (what.rendered) {
        json::object rendered;
        rendered["set"] = what.rendered->set_path;
        rendered["changed"] = what.rendered->is_changed;
        rendered["serial"] = what.rendered->serial;
        rendered["files"] = json::array(what.rendered->files.begin(), what.rendered->files.end());
        result["rendered"] = std::move(rendered);
    }
    result["problem"] = nullptr;
    if (!what.problem.empty()) {
        result["problem"] = what.problem;
    }
    return json::serialize(result) + "\n";
}

}  // namespace sipha::dnsgen
