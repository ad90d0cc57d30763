#pragma once

#include <optional>

#include <sipha/resolver/failover.hpp>
#include <sipha/resolver/options.hpp>

#include "tests/resolver/cases/case_file.hpp"

namespace sipha::resolver::test::cases {

/// What the key `options` of a case sets.
struct case_options {
    lookup_options lookup;
    failover_options failover;
};
/// @throws std::invalid_argument naming a key or a word that means nothing.
case_options parse_options(const std::optional<fields>& keys);

}  // namespace sipha::resolver::test::cases
