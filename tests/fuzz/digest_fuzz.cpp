#include <cstddef>
#include <cstdint>
#include <string_view>

#include "proxy/auth/credentials.hpp"
#include "tests/fuzz/require.hpp"

// The input as the value of Authorization or Proxy-Authorization (RFC 7616 3.4): it ends in one of
// three forms, everything read stands in the input, a complete answer has all its parts, and both
// readers name the same realm.

namespace {

bool is_inside(std::string_view part, std::string_view whole) {
    return part.empty() || (part.data() >= whole.data() &&
                            part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sipha;
    using fuzz::require;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto realm = auth::realm_of(bytes);
    require(is_inside(realm, bytes));
    auth::credentials read;
    if (auth::parse_credentials(bytes, read) != auth::credentials_form::complete) {
        return 0;
    }
    require(size <= auth::max_credentials_octets);
    for (const auto part :
         {read.username, read.realm, read.nonce, read.uri, read.response, read.cnonce, read.nc}) {
        require(is_inside(part, bytes));
    }
    require(read.nc.size() == 8 && read.count != 0 && realm == read.realm);
    return 0;
}
