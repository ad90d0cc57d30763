#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "proxy/sip/stun.hpp"

// Claims: an answer is never longer than its limit, carries the request's transaction id, and
// frames itself: it is STUN too.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sipha;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (!sip::is_stun(bytes)) {
        return 0;
    }
    for (const auto* source : {"192.0.2.1", "2001:db8::1"}) {
        const auto answer =
            sip::answer_stun(bytes, {sip::transport::udp, *geo::ip_address::parse(source), 5060});
        if (answer && (!sip::is_stun(answer->bytes()) ||
                       answer->bytes().substr(4, 16) != bytes.substr(4, 16))) {
            std::abort();
        }
    }
    return 0;
}
