#pragma once

#include <memory>
#include <optional>

#include <sipha/resolver/session.hpp>

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
    /// The account of the run, and what it was told last. Goes before the world's engine.
    std::unique_ptr<session> account;
    session_event event;
};

}  // namespace sipha::resolver::test::cases
