#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dnsgen/model/topology.hpp"

namespace sipha::dnsgen {

/// What was published last: its serial, and the digest of its content without the serial.
struct published_serial {
    std::uint32_t serial = 0;
    std::string content_digest;
};

/// Serial number arithmetic, RFC 1982 section 3.2, as DNS uses it (SERIAL_BITS 32).
enum class serial_order : std::uint8_t { equal, before, after, undefined };
serial_order compare_serials(std::uint32_t left, std::uint32_t right);

/// `serial` plus 1; 0 is skipped because some servers take it as "none".
std::uint32_t successor(std::uint32_t serial);

struct serial_choice {
    enum class outcome : std::uint8_t {
        ok,
        backwards,  ///< secondaries would keep the old zone: RFC 1982 calls the new serial older
        unchanged,  ///< other content under the same serial: secondaries would not fetch it
    };
    outcome result = outcome::ok;
    std::uint32_t serial = 0;
};

/// The serial for a content. The same content under `increment` keeps its serial, so rendering
/// again gives the same bytes; other content gets the next one.
/// @param previous nothing when nothing was published before.
serial_choice choose_serial(
    const serial_settings& settings,
    const std::optional<published_serial>& previous,
    const std::string& content_digest
);

}  // namespace sipha::dnsgen
