#include "tests/resolver/cases/verdict.hpp"

namespace sipha::resolver::test::cases {

void verdict::fail(const std::string& where, const std::string& what) {
    problems_.push_back(where + ": " + what);
}

void verdict::expect(bool claim, const std::string& where, const std::string& what) {
    if (!claim) {
        fail(where, what);
    }
}

}  // namespace sipha::resolver::test::cases
