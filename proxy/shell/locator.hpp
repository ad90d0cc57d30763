#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <sipha/geo/ip.hpp>

#include "proxy/shell/runtime.hpp"

namespace sipha::resolver {
class asio_resolver;
}  // namespace sipha::resolver

namespace sipha::shell {

/// Locates upstream servers with sipha's own resolver library (RFC 3263) on the worker's loop.
class locator final : public resolver_port {
  public:
    struct dns_server {
        geo::ip_address ip;
        std::uint16_t port = 53;
    };
    /// @param dns_servers empty takes those of the system.
    explicit locator(std::vector<dns_server> dns_servers);
    ~locator() override;

    /// From now on servers are looked up for TLS too: there is a socket to reach them from.
    void add_tls() { has_tls_ = true; }
    /// Call before the first request, with the executor of the runtime.
    void attach(boost::asio::any_io_executor executor);
    /// Ends open lookups; afterwards nothing is answered.
    void detach();
    void resolve(proxy::resolve_request request, std::function<void(proxy::resolved)> answer)
        override;

  private:
    std::vector<dns_server> dns_servers_;
    bool has_tls_ = false;
    std::unique_ptr<resolver::asio_resolver> lookups_;
};

}  // namespace sipha::shell
