#pragma once

#include <string>
#include <vector>

namespace sipha::resolver::test::cases {

/// What went wrong in a case; empty while everything is as the file says.
class verdict {
  public:
    void fail(const std::string& where, const std::string& what);
    /// Fails with `what` unless the claim holds.
    void expect(bool claim, const std::string& where, const std::string& what);
    const std::vector<std::string>& problems() const { return problems_; }

  private:
    std::vector<std::string> problems_;
};

}  // namespace sipha::resolver::test::cases
