#include "tests/resolver/cases/case_file.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "tests/resolver/cases/notation.hpp"

namespace sipha::resolver::test::cases {
namespace {

/// What describes the world; any other key of a case belongs to its only step.
constexpr std::string_view setup_keys[] = {"zone", "repeat", "servers", "options"};
constexpr std::string_view case_keys[] = {"case", "title", "needs", "runs", "steps"};

template <class List>
bool is_one_of(const List& list, std::string_view key) {
    return std::find(std::begin(list), std::end(list), key) != std::end(list);
}

/// The keys of `base`, replaced by those of `change` where both have one.
YAML::Node merged(const YAML::Node& base, const YAML::Node& change) {
    YAML::Node out(YAML::NodeType::Map);
    for (const auto& entry : base) {
        if (!is_one_of(case_keys, entry.first.as<std::string>())) {
            out[entry.first] = entry.second;
        }
    }
    for (const auto& entry : change) {
        out[entry.first.as<std::string>()] = entry.second;
    }
    return out;
}

case_run make_run(const YAML::Node& keys, const YAML::Node& steps, const std::string& where) {
    YAML::Node setup(YAML::NodeType::Map);
    YAML::Node only(YAML::NodeType::Map);
    for (const auto& entry : keys) {
        const auto key = entry.first.as<std::string>();
        if (key != "steps") {
            (is_one_of(setup_keys, key) ? setup : only)[key] = entry.second;
        }
    }
    case_run out{fields(setup, where), {}};
    if (steps && only.size() != 0) {
        throw std::invalid_argument(
            where + ": '" + only.begin()->first.as<std::string>() + "' stands beside steps"
        );
    }
    if (!steps) {
        out.steps.emplace_back(only, where);
    }
    for (std::size_t index = 0; steps && index < steps.size(); ++index) {
        out.steps.emplace_back(steps[index], where + ", step " + std::to_string(index + 1));
    }
    return out;
}

case_text make_case(const YAML::Node& node) {
    case_text out;
    out.number = node["case"].as<unsigned>();
    out.title = node["title"].as<std::string>();
    out.needs = node["needs"].as<std::string>("");
    const auto where = "case " + std::to_string(out.number);
    const auto runs = node["runs"];
    const auto steps = node["steps"];
    if (!runs) {
        out.runs.push_back(make_run(merged(node, {}), steps, where));
    }
    for (std::size_t index = 0; runs && index < runs.size(); ++index) {
        const auto own = runs[index]["steps"];
        out.runs.push_back(make_run(
            merged(node, runs[index]),
            own ? own : steps,
            where + ", run " + std::to_string(index + 1)
        ));
    }
    return out;
}

}  // namespace

fields::fields(YAML::Node map, std::string where)
    : map_(std::move(map)), where_(std::move(where)) {}

std::optional<YAML::Node> fields::find(const std::string& key) const {
    const YAML::Node& map = map_;  // the constant form adds nothing
    const auto found = map[key];
    if (!found) {
        return std::nullopt;
    }
    read_.insert(key);
    return found;
}

bool fields::has(const std::string& key) const {
    const YAML::Node& map = map_;
    return static_cast<bool>(map[key]);
}

std::string fields::text(const std::string& key) const {
    const auto found = find(key);
    if (!found || !found->IsScalar()) {
        throw std::invalid_argument(where_ + ": the text '" + key + "' is missing");
    }
    return found->as<std::string>();
}

std::string fields::text_or(const std::string& key, const std::string& otherwise) const {
    return has(key) ? text(key) : otherwise;
}

std::optional<std::size_t> fields::number(const std::string& key) const {
    const auto found = find(key);
    return found ? std::optional(found->as<std::size_t>()) : std::nullopt;
}

std::optional<std::chrono::milliseconds> fields::duration(const std::string& key) const {
    return has(key) ? std::optional(parse_duration(text(key))) : std::nullopt;
}

std::optional<bool> fields::flag(const std::string& key) const {
    const auto found = find(key);
    return found ? std::optional(found->as<bool>()) : std::nullopt;
}

std::vector<std::string> fields::list(const std::string& key) const {
    const auto found = find(key);
    return found ? found->as<std::vector<std::string>>() : std::vector<std::string>{};
}

std::vector<std::pair<std::string, std::string>> fields::table(const std::string& key) const {
    std::vector<std::pair<std::string, std::string>> out;
    if (const auto found = find(key)) {
        for (const auto& entry : *found) {
            out.emplace_back(entry.first.as<std::string>(), entry.second.as<std::string>());
        }
    }
    return out;
}

std::vector<fields> fields::maps(const std::string& key) const {
    std::vector<fields> out;
    if (const auto found = find(key)) {
        for (const auto& entry : *found) {
            out.emplace_back(entry, where_ + ", " + key + ' ' + std::to_string(out.size() + 1));
        }
    }
    return out;
}

std::optional<fields> fields::map(const std::string& key) const {
    const auto found = find(key);
    return found ? std::optional(fields(*found, where_ + ", " + key)) : std::nullopt;
}

std::vector<std::string> fields::unread() const {
    std::vector<std::string> out;
    for (const auto& entry : map_) {
        auto key = entry.first.as<std::string>();
        if (!read_.contains(key)) {
            out.push_back(std::move(key));
        }
    }
    return out;
}

std::string case_text::name() const {
    auto digits = std::to_string(number);
    return "Case" + std::string(3 - std::min<std::size_t>(3, digits.size()), '0') + digits;
}

std::vector<case_text> load_cases(const std::string& path) {
    const auto root = YAML::LoadFile(path);
    std::vector<case_text> out;
    for (const auto& node : root["cases"]) {
        out.push_back(make_case(node));
        if (out.back().number != out.size()) {
            throw std::invalid_argument(
                path + ": case " + std::to_string(out.back().number) + " stands where case " +
                std::to_string(out.size()) + " should"
            );
        }
    }
    return out;
}

}  // namespace sipha::resolver::test::cases
