#pragma once

#include <string>
#include <system_error>

#include <sipha/resolver/resolution.hpp>

#include "tests/resolver/cases/case_file.hpp"
#include "tests/resolver/cases/verdict.hpp"

namespace sipha::resolver::test::cases {

/// What a lookup gave.
struct lookup_answer {
    std::error_code error;
    lookup_result result;

    /// The places, or "! error".
    std::string text() const;
};

/// "{label63}" in a URI stands for 63 letters.
std::string with_labels(std::string uri);

/// Holds an answer against the keys of a step that depend neither on time nor on who was asked:
/// `expect`, `expect_count`, `warnings`, `tls_name`, `stale`, `priorities`, `explains`.
void check_answer(const lookup_answer& got, const fields& step, verdict& out);

}  // namespace sipha::resolver::test::cases
