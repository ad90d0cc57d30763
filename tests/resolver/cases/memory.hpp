#pragma once

#include <memory>
#include <optional>

#include "tests/resolver/cases/lookup_checks.hpp"

namespace sipha::resolver::test::cases {

/// What the steps of a run share besides the world.
struct memory {
    struct pending_lookup {
        int calls = 0;
        lookup_answer answer;
        time_point ended{};
    };
    /// What later steps mean by `same`.
    std::optional<candidate> place;
    std::shared_ptr<pending_lookup> pending;
};

}  // namespace sipha::resolver::test::cases
