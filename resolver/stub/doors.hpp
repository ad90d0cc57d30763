#pragma once

#include <sipha/resolver/options.hpp>

namespace sipha::resolver::stub {

/// The two sockets phones come to, on one address and port.
struct doors {
    int udp = -1;
    int tcp = -1;
    dns_server at;  ///< with the port the kernel chose when port 0 was asked for
};

/// Binds both; the caller closes them. @throws std::system_error naming the address.
doors open_doors(const dns_server& at);

}  // namespace sipha::resolver::stub
