#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <sipha/resolver/resolution.hpp>

#include "resolver/src/dns_message.hpp"
#include "resolver/src/names.hpp"
#include "resolver/src/uri.hpp"

// Reads the input as a URI, and starts a lookup of it. Beyond not crashing it claims: what is
// parsed lies within its limits, and every question of the lookup fits into a query.

namespace {

using namespace sipha::resolver;

void require(bool claim) {
    if (!claim) {
        std::abort();
    }
}

void parse(std::string_view text) {
    const auto uri = detail::parse_sip_uri(text);
    if (!uri) {
        return;
    }
    require(text.size() <= detail::max_uri_length);
    require(!uri->host.empty() && uri->host.size() < text.size());
    require(!uri->port || *uri->port != 0);
}

void start(std::string_view text) {
    const time_point now{};
    resolution lookup(text, {}, now);
    for (const auto& asked : lookup.advance(now)) {
        require(detail::normalise_name(asked.name) == asked.name);
        require(!detail::encode_query(1, asked, detail::edns_use::on).empty());
    }
    require(lookup.is_done() || lookup.next_deadline() > now);
    if (!detail::parse_sip_uri(text)) {
        require(lookup.is_done() && lookup.error() == errc::bad_uri);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    parse(text);
    start(text);
    return 0;
}
