#pragma once

#include <sipha/resolver/records.hpp>
#include <sipha/resolver/target.hpp>

namespace sipha::resolver::detail {

/// An answer and how long it may be used.
struct known_answer {
    answer_ptr answer;
    time_point expires = never;
    /// Past its TTL, used because the DNS fails (RFC 8767).
    bool is_stale = false;
    /// Came unasked with the answer that named the host (RFC 2782, additional section).
    bool is_glue = false;
};

}  // namespace sipha::resolver::detail
