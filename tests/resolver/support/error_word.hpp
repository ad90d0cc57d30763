#pragma once

#include <string>
#include <system_error>

namespace sipha::resolver::test {

/// The name of the `errc` value, as expectations are written; "success" without an error.
std::string error_word(const std::error_code& error);

}  // namespace sipha::resolver::test
