#include "proxy/shell/locator.hpp"

#include <sipha/resolver/asio.hpp>
#include <span>
#include <utility>

namespace sipha::shell {

namespace {

/// The same octets in another library's value type.
template <class To, class From>
To convert(const From& from) {
    const auto bytes = from.bytes();
    if (bytes.size() == 4) {
        return To::v4(bytes.template first<4>());
    }
    return To::v6(bytes.template first<16>());
}

sip::transport convert(resolver::transport transport) {
    switch (transport) {
        case resolver::transport::udp:
            return sip::transport::udp;
        case resolver::transport::tcp:
            return sip::transport::tcp;
        case resolver::transport::tls:
            return sip::transport::tls;
        case resolver::transport::ws:
            return sip::transport::ws;
        case resolver::transport::wss:
            return sip::transport::wss;
    }
    return sip::transport::udp;
}

proxy::resolved answer_of(
    std::uint64_t query, boost::system::error_code error, const resolver::lookup_result& found
) {
    proxy::resolved out;
    out.query = query;
    if (error) {
        out.reason = error.message();
        return out;
    }
    for (const auto& candidate : found.candidates) {
        out.targets.push_back(
            {convert(candidate.transport), convert<geo::ip_address>(candidate.ip), candidate.port}
        );
    }
    return out;
}

}  // namespace

locator::locator(std::vector<dns_server> dns_servers) : dns_servers_(std::move(dns_servers)) {}

locator::~locator() = default;

void locator::attach(boost::asio::any_io_executor executor) {
    resolver::engine_options options;
    for (const auto& server : dns_servers_) {
        options.servers.push_back({convert<resolver::address>(server.ip), server.port});
    }
    lookups_ = std::make_unique<resolver::asio_resolver>(std::move(executor), options);
}

void locator::detach() {
    lookups_.reset();
}

void locator::resolve(proxy::resolve_request request, std::function<void(proxy::resolved)> answer) {
    resolver::lookup_options options;
    // What the proxy's sockets speak, in its own order: UDP needs no connection to fail over.
    options.transports = {resolver::transport::udp, resolver::transport::tcp};
    if (has_tls_) {
        options.transports.push_back(resolver::transport::tls);
    }
    lookups_->async_resolve(
        std::move(request.uri),
        options,
        [query = request.query, answer = std::move(answer)](
            boost::system::error_code error, const resolver::lookup_result& found
        ) { answer(answer_of(query, error, found)); }
    );
}

}  // namespace sipha::shell
