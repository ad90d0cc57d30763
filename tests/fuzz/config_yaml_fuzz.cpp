#include <cstddef>
#include <cstdint>
#include <string_view>

#include "proxy/config/config.hpp"
#include "tests/fuzz/require.hpp"

// A configuration file of any bytes: options come out exactly when no error is told, and the errors
// are the same when it is read again.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sipha;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto first = config::parse(bytes, "fuzz.yaml");
    fuzz::require(first.options.has_value() != first.diag.has_errors());
    const auto second = config::parse(bytes, "fuzz.yaml");
    fuzz::require(first.diag.sorted() == second.diag.sorted());
    return 0;
}
