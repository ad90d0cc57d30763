#pragma once

#include <string>
#include <vector>

#include "tests/resolver/cases/case_file.hpp"

namespace sipha::resolver::test::cases {

/// Plays all runs of a case, each under several seeds. @returns what was not as the file says;
/// empty when everything was. Keys that no step reads are problems as well.
std::vector<std::string> problems_of(const case_text& item);

}  // namespace sipha::resolver::test::cases
