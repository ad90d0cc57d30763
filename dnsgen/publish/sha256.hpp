#pragma once

#include <string>
#include <string_view>

namespace sipha::dnsgen {

/// SHA-256 in lower-case hexadecimal; empty when the cryptographic library refuses.
std::string sha256_hex(std::string_view data);

}  // namespace sipha::dnsgen
