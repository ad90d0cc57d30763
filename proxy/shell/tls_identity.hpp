#pragma once

#include <openssl/x509.h>

#include <string>
#include <string_view>
#include <vector>

#include <sipha/geo/ip.hpp>

namespace sipha::shell {

/// Whom a certificate names (RFC 5922 7.1), in the order of the certificate.
struct certificate_names {
    std::vector<std::string> sip_domains;  ///< hosts of SAN URIs "sip:host" without a user
    std::vector<std::string> dns;          ///< SAN DNS
    std::vector<geo::ip_address> addresses;
    std::string common_name;  ///< counts only without any subjectAltName
    bool has_alternative_names = false;
};

/// Names with a NUL in them are left out: they end early for some readers.
certificate_names names_of(const X509& certificate);

/// Whether a certificate speaks for a SIP domain (RFC 5922 7.2): whole names are compared, without
/// case; a wildcard is no name.
bool proves_domain(const certificate_names& names, std::string_view domain);
/// The same for a server that was asked for by its address.
bool proves_address(const certificate_names& names, const geo::ip_address& address);
/// The name to show for a proven peer: the first SIP domain, DNS name or common name; or empty.
std::string identity_of(const certificate_names& names);

}  // namespace sipha::shell
