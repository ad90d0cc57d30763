#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "proxy/sip/content_length.hpp"
#include "proxy/sip/header_id.hpp"
#include "proxy/sip/header_scanner.hpp"
#include "proxy/sip/method.hpp"
#include "proxy/sip/start_line.hpp"
#include "proxy/sip/via.hpp"

namespace sipha::sip {

/// Header fields one message may have; one more is `parse_error::too_many_headers`.
inline constexpr std::size_t max_headers = 128;

/// An index over one SIP message: views into the caller's buffer, which must outlive their use.
/// About 7 KiB, so keep one and parse into it again and again.
class message {
  public:
    bool is_request() const { return start_.is_request; }
    /// `other` for responses and extension methods.
    sip::method method() const { return start_.method; }
    /// Empty for responses.
    std::string_view method_text() const { return start_.method_text; }
    std::string_view request_uri() const { return start_.request_uri; }
    /// "SIP/2.0" as written.
    std::string_view version() const { return start_.version; }
    /// 100..699; 0 for requests.
    int status() const { return start_.status; }
    std::string_view reason() const { return start_.reason; }
    /// False when the Request-Line has surplus white space, which `validate` answers with 400.
    bool start_line_is_exact() const { return start_.is_exact; }

    /// The whole message including its body, without line ends before the start line.
    std::string_view bytes() const { return bytes_; }
    /// Includes its CRLF.
    std::string_view start_line() const { return start_.line; }
    /// Exactly Content-Length octets when that field is usable, else all that follows the headers.
    std::string_view body() const { return body_; }
    std::span<const header> headers() const { return std::span(headers_).first(header_count_); }
    /// The first field of this kind, or nullptr. Not for `header_id::other`: look through
    /// `headers` for those.
    const header* find(header_id id) const;
    /// The n-th field of this kind, counted from 0, or nullptr.
    const header* find(header_id id, std::size_t n) const;
    std::size_t count(header_id id) const;
    /// More than one field is of this kind; for `other` always false.
    bool is_repeated(header_id id) const {
        return (repeated_ >> static_cast<unsigned>(id) & 1) != 0;
    }
    /// The topmost Via value (RFC 3261 20.42), read once, when it is first asked for.
    /// @returns nullptr when there is none or it is malformed.
    const via* top_via() const;
    /// Position of the empty line, where further headers may be inserted.
    const char* header_end() const { return header_end_; }
    const sip::content_length& content_length() const { return content_length_; }

  private:
    friend std::optional<parse_error> parse_message(std::string_view bytes, message& out);
    std::optional<parse_error> parse(std::string_view bytes);
    std::optional<parse_error> parse_headers(std::string_view& rest);

    static constexpr std::uint8_t no_header = 0xff;
    static_assert(max_headers < no_header);

    sip::start_line start_;
    std::string_view bytes_;
    std::string_view body_;
    const char* header_end_ = "";
    sip::content_length content_length_;
    std::size_t header_count_ = 0;
    std::array<header, max_headers> headers_;
    std::array<std::uint8_t, header_id_count> first_{};
    enum class reading : std::uint8_t { not_yet, good, malformed };
    mutable reading top_via_state_ = reading::not_yet;
    mutable via top_via_;
    std::uint64_t repeated_ = 0;  ///< one bit for each header_id
    static_assert(header_id_count <= 64);
};

/// Indexes one message: a datagram, or what the stream framer cut out (RFC 3261 7, 18.3).
/// Octets behind Content-Length are ignored; without Content-Length the body is all that is left.
/// A Content-Length that is malformed or contradicts itself does not fail here but in `validate`,
/// so that a request can be answered. CRLFs before the start line are skipped.
/// @param out is cleared first and stays cleared on failure, except for `truncated_body`: then it
/// holds all headers and the shortened body, so that a request can be answered with 400.
/// @returns nothing on success. Never allocates.
std::optional<parse_error> parse_message(std::string_view bytes, message& out);

/// The verdict on a message that parsed.
struct validation {
    int status = 0;           ///< 0 good; else the status to answer a request with
    std::string_view reason;  ///< reason phrase naming the fault, e.g. "Missing Call-ID"
};

/// Checks what every element must be able to rely on (RFC 3261 8.1.1, 16.3, 20): version 2.0,
/// exactly one well-formed From, To, Call-ID and CSeq, well-formed Vias, the CSeq's method, one
/// Max-Forwards of 0..255 at most, one Content-Length at most; in requests also the Request-URI
/// (416 for schemes other than sip and sips) and the Route values, and in a REGISTER the Contacts.
/// A response with a status other than 0 must be discarded (RFC 3261 8.1.3, 18.1.2).
validation validate(const message& checked);

}  // namespace sipha::sip
