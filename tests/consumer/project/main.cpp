// Two lookups that need no DNS, through the C++ interface.
#include <poll.h>

#include <cstdio>
#include <string>

#include <sipha/resolver/engine.hpp>

namespace {

bool finds(const char* uri, const std::string& first) {
    sipha::resolver::engine lookups;
    sipha::resolver::lookup_options options;
    options.families = sipha::resolver::family_use::v4_only;
    std::string found;
    lookups
        .resolve(uri, {}, [&found](std::error_code error, sipha::resolver::lookup_result result) {
            found = error ? error.message() : result.candidates.front().to_string();
        });
    for (int turn = 0; turn < 100 && lookups.pending() != 0; ++turn) {
        pollfd waiting{lookups.fd(), POLLIN, 0};
        const auto wait = lookups.timeout();
        ::poll(&waiting, 1, wait ? static_cast<int>(wait->count()) : 1000);
        lookups.process();
    }
    std::printf("%s: %s\n", uri, found.c_str());
    return found == first;
}

}  // namespace

int main() {
    const bool is_right = finds("sip:127.0.0.1", "udp:127.0.0.1:5060") &&
                          finds("sips:localhost", "tls:127.0.0.1:5061");
    return is_right ? 0 : 1;
}
