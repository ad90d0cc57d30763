#pragma once

#include <optional>
#include <string_view>

#include "proxy/sip/header_scanner.hpp"
#include "proxy/sip/method.hpp"

namespace sipha::sip {

/// The first line of a message, taken apart (RFC 3261 7.1, 7.2).
struct start_line {
    bool is_request = false;
    bool is_exact = true;  ///< false: a Request-Line with white space beyond its two SP
    sip::method method = sip::method::other;
    int status = 0;  ///< 100..699, 0 for requests
    std::string_view method_text;
    std::string_view request_uri;
    std::string_view version;
    std::string_view reason;
    std::string_view line;  ///< including its CRLF
};

/// Cuts the start line off the front of `rest`. A Request-Line whose parts can be told apart in
/// spite of surplus white space is accepted with `is_exact` false (RFC 4475 3.1.2.8 to 3.1.2.10 ask
/// for a 400, which needs the headers).
std::optional<parse_error> scan_start_line(std::string_view& rest, start_line& out);

}  // namespace sipha::sip
