#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include <sipha/resolver/records.hpp>

#include "tests/resolver/cases/case_file.hpp"

namespace sipha::resolver::test::cases {

/// What the DNS of a case holds: the zone, and what the zone's own notation cannot say.
struct zone_text {
    /// For `zone`: the case's lines, its repeated lines, and h1.ex to h3.ex.
    std::string records;
    /// `name TYPE LATE ms`: answers that take longer.
    std::map<question, std::chrono::milliseconds> late;
    /// The text alone says everything: a real server can serve it.
    bool is_plain = true;
};

/// @param zone value of the key `zone`. @param repeat value of the key `repeat`.
/// @throws std::invalid_argument naming the line that makes no sense.
zone_text make_zone_text(const std::string& zone, const std::optional<fields>& repeat);

/// Every "{n}" of the text replaced by the number.
std::string numbered(std::string text, std::size_t number);

}  // namespace sipha::resolver::test::cases
