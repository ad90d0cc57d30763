#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sipha::shell {

/// PEM files of one identity. The certificate file holds the chain, the server's own first.
struct certificate_files {
    std::string certificate;
    std::string key;
};

/// What a TLS listener asks of its clients.
enum class client_verification : std::uint8_t {
    none,
    optional,  ///< a certificate that is shown must be good
    required,
};

/// A TLS listener: its certificates and whom it trusts.
struct tls_server_options {
    certificate_files identity;  ///< for clients that ask for no name, or for an unknown one
    struct named {
        std::string name;  ///< host name as in SNI (RFC 6066 3), compared without case
        certificate_files identity;
    };
    std::vector<named> sni;
    std::string ca;  ///< PEM file with the CAs of clients; needed unless `verify` is none
    client_verification verify = client_verification::none;
};

/// Connections that we open over TLS.
struct tls_client_options {
    std::string ca;              ///< PEM file; empty: the CAs of the system
    certificate_files identity;  ///< shown when a server asks for one; empty: none
};

}  // namespace sipha::shell
