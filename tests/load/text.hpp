#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Just enough SIP text for a load generator that must cost less than what it measures. It reads
/// what our own messages look like after a proxy: header names in their long form.
namespace sipha::load {

/// The value of the first header field `name` ("Call-ID"), without the line end; empty when absent.
std::string_view value_of(std::string_view message, std::string_view name);
/// Appends every complete line of header `name`, in order.
void append_lines(std::string& out, std::string_view message, std::string_view name);
/// The Route lines of the caller's requests: Record-Route of the response, in reverse order
/// (RFC 3261 12.1.2).
std::string routes_of(std::string_view response);
/// The status of a response, 0 for a request.
int status_of(std::string_view message);
/// The size of the first message in a stream, 0 while it is incomplete. Leading line ends count.
std::size_t framed_size(std::string_view stream);

}  // namespace sipha::load
