#include <cstddef>
#include <cstdint>
#include <string_view>

#include "proxy/sip/values.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/fuzz/sip_values.hpp"

// The input as a header value of every kind: URI, Via, name-addr, CSeq, a list of them, parameters
// (RFC 3261 19.1, 20, 25.1). Beside the claims of sip_values.hpp: a list is cut into pieces of the
// input, in order, and comes to an end.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sipha;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    fuzz::read_value(bytes);
    auto rest = bytes;
    std::size_t values = 0;
    auto last = bytes.substr(0, 0);
    while (const auto value = sip::next_value(rest)) {
        fuzz::require(fuzz::is_inside(*value, bytes) && ++values <= size + 1);
        fuzz::require(value->empty() || value->data() >= last.data() + last.size());
        last = value->empty() ? last : *value;
        fuzz::read_value(*value);
    }
    return 0;
}
