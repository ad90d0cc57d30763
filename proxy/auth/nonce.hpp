#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <sipha/geo/ip.hpp>

#include "proxy/crypto/mac.hpp"
#include "proxy/crypto/short_mac.hpp"

namespace sipha::auth {

/// Characters of a nonce.
inline constexpr std::size_t nonce_size = 40;

/// What a nonce that we made says about itself.
struct nonce_facts {
    enum class state : std::uint8_t {
        good,
        stale,   ///< ours, but older than its life, or from a future that no clock error explains
        forged,  ///< not made with this cluster's key for this realm
    };
    state what = state::forged;
    std::uint32_t issued_s = 0;  ///< seconds since 1970
    std::uint64_t number = 0;    ///< tells nonces apart; never used twice by a cluster
    /// It was handed to the address that sends it back: the sender can receive there.
    bool is_of_source = false;
};

/// Nonces that need no memory (RFC 7616 3.3): the time of issue, a number, a mark of the address it
/// was given to, and a 128 bit MAC over these and the realm under the cluster's key. Every node of
/// the cluster can check the nonce of every other.
class nonce_codec {
  public:
    /// @param key the cluster's; keys for this purpose are derived. @param first_number for the
    /// first nonce; random, so that neither nodes nor restarts repeat each other's.
    nonce_codec(const crypto::mac& key, std::chrono::seconds lifetime, std::uint64_t first_number);

    /// Appends a fresh nonce: `nonce_size` characters that need no quoting.
    /// @param wall_ms milliseconds since 1970.
    void append(
        std::string& out, std::int64_t wall_ms, std::string_view realm, const geo::ip_address& to
    );
    /// Any text ends in an answer. @param from where it came back from.
    nonce_facts read(
        std::string_view nonce,
        std::int64_t wall_ms,
        std::string_view realm,
        const geo::ip_address& from
    ) const;

    /// A nonce may be so much ahead of this node's clock: nodes disagree a little.
    static constexpr std::chrono::seconds clock_tolerance{60};

  private:
    static constexpr std::size_t payload_octets = 14;
    using octets = std::array<std::uint8_t, payload_octets + 16>;

    std::uint32_t source_mark(const geo::ip_address& source) const;
    /// The payload under its MAC. @param what the payload, and anything behind it.
    octets seal(octets what, std::string_view realm) const;

    /// Two pseudo-random functions of 64 bits under independent keys make one of 128.
    crypto::short_mac first_half_;
    crypto::short_mac second_half_;
    crypto::short_mac source_key_;
    std::chrono::seconds lifetime_;
    std::uint64_t next_number_;
};

}  // namespace sipha::auth
