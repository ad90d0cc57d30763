#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/route/dialog_token.hpp"
#include "proxy/route/identity.hpp"
#include "proxy/sip/message.hpp"

namespace sipha::route {

/// What the Route headers of a request say after RFC 3261 16.4: our own entries taken off.
struct route_view {
    /// The Request-URI to act on: another than the message's when a strict router came before us.
    std::string_view request_uri;
    std::size_t own_routes = 0;    ///< leading Route values that were ours and must go
    bool drop_last_route = false;  ///< strict router before us: the last Route became request_uri
    std::string_view next_route;   ///< the first Route value left, empty when none
    std::optional<dialog_tokens::decoded> token;  ///< from the first of our entries that had one
    /// Holds request_uri when a part of it named our own socket and was taken off.
    std::unique_ptr<const std::string> stripped_uri;
};

/// Leading Route values that are ours; more make the request malformed, so that nothing spirals
/// through us.
inline constexpr std::size_t max_own_routes = 8;
/// Route values in all; more make the request malformed. Every one of them may need an edit of the
/// forwarded message (sip::max_edits).
inline constexpr std::size_t max_routes = 40;

/// @returns nothing when a Route value is malformed or a limit is exceeded.
std::optional<route_view> read_routes(
    const sip::message& request, const identity& us, const dialog_tokens& tokens
);

/// Call-ID and tags of a validated message.
dialog_tags tags_of(const sip::message& message);

}  // namespace sipha::route
