#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "geo/yaml/document.hpp"

namespace sipha::config {

/// What a configuration says, by key: "listen", "registrar.min_expires". A key of the first level
/// or of a section in it; whatever is below that is one text. Comments and layout are not in it.
using key_values = std::map<std::string, std::string>;

key_values values_of(const geo::yaml::node& root);

/// Keys whose new value takes effect on a reload; an entry stands for everything below it too. All
/// others need a restart. docs/config.md lists the same, compared by a test.
std::span<const std::string_view> live_keys();

/// Keys that differ between two configurations, sorted.
struct changed_keys {
    std::vector<std::string> live;
    std::vector<std::string> restart;  ///< keep their old value until the process starts again
};
changed_keys compare(const key_values& before, const key_values& after);

}  // namespace sipha::config
