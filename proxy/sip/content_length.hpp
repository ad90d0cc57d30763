#pragma once

#include <cstdint>

#include "proxy/sip/header_scanner.hpp"

namespace sipha::sip {

enum class content_length_state : std::uint8_t {
    absent,
    valid,
    repeated,  ///< several fields with one number: it frames, but RFC 3261 7.3.1 forbids it
    malformed,
    conflicting,  ///< several fields, long or compact, with different numbers
};

/// What all Content-Length fields of one message say together (RFC 3261 20.14).
class content_length {
  public:
    /// Takes every header field of the message in turn; ignores all others.
    void see(const header& field) {
        if (field.id == header_id::content_length) {
            add(field);
        }
    }
    content_length_state state() const { return state_; }
    /// True when `octets` bounds the body.
    bool frames() const {
        return state_ == content_length_state::valid || state_ == content_length_state::repeated;
    }
    std::uint32_t octets() const { return octets_; }

  private:
    void add(const header& field);

    content_length_state state_ = content_length_state::absent;
    std::uint32_t octets_ = 0;
};

}  // namespace sipha::sip
