#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "proxy/auth/algorithm.hpp"

namespace sipha::auth {

/// Octets one credentials value may have, the longest realm, nonce, URI and cnonce included.
inline constexpr std::size_t max_credentials_octets = 4096;
/// Parameters one credentials value may have.
inline constexpr std::size_t max_credentials_parameters = 32;

/// What a client sent in Authorization or Proxy-Authorization (RFC 7616 3.4, RFC 3261 25.1
/// `digest-response`). Views into the header value, quotes taken off and escapes left: the hash
/// covers the text as written.
struct credentials {
    std::string_view username;
    std::string_view realm;
    std::string_view nonce;
    std::string_view uri;
    std::string_view response;  ///< hexadecimal, any case
    std::string_view cnonce;
    std::string_view nc;  ///< eight hexadecimal digits
    std::uint32_t count = 0;
    /// Nothing: one that is not offered here, such as MD5-sess. Without the parameter it is MD5.
    std::optional<auth::algorithm> algorithm = auth::algorithm::md5;
};

/// How a credentials value reads.
enum class credentials_form : std::uint8_t {
    complete,   ///< all of a Digest answer
    other,      ///< a scheme that is not Digest: nobody here asked for it
    malformed,  ///< Digest, but not as RFC 7616 3.4 wants it
};

/// Reads one Authorization or Proxy-Authorization value. Malformed are: a parameter that occurs
/// twice, one of username, realm, nonce, uri, response, qop, cnonce and nc missing, a qop other
/// than "auth", an nc that is not eight hexadecimal digits or is 0, a response that is no
/// hexadecimal text of the algorithm's length, a userhash or an extended username (RFC 7616 3.4.4:
/// neither was offered). Total: any bytes end in one of the three forms. Never allocates.
/// @param out valid for `complete`; for `malformed` the realm is set when it could be read.
credentials_form parse_credentials(std::string_view value, credentials& out);

/// The realm of a credentials value, of any scheme; empty when there is none. For a proxy that
/// takes its own credentials out and leaves the others (RFC 3261 22.3).
std::string_view realm_of(std::string_view value);

}  // namespace sipha::auth
