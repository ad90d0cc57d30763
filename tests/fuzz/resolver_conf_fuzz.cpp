#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "resolver/src/resolv_conf.hpp"

// Reads the input as /etc/resolv.conf. Beyond not crashing it claims: there is always a server to
// ask, and never more than the limit.

namespace {

using namespace sipha::resolver::detail;

void require(bool claim) {
    if (!claim) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto found = parse_resolv_conf(text);
    require(!found.servers.empty() && found.servers.size() <= max_system_servers);
    require(found.ignored_servers <= size);
    for (const auto& server : found.servers) {
        require(server.port != 0);
    }
    return 0;
}
