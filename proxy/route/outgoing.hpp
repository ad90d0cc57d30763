#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/route/dialog_token.hpp"
#include "proxy/route/identity.hpp"
#include "proxy/route/loose_route.hpp"
#include "proxy/sip/message.hpp"
#include "proxy/sip/outbox.hpp"
#include "proxy/sip/patch.hpp"

namespace sipha::route {

/// Everything that decides how one copy of a request looks when it leaves (RFC 3261 16.6).
struct outgoing_copy {
    const sip::message& request;
    const route_view& routes;
    sip::hop from;                 ///< where the request came from
    sip::hop to;                   ///< where this copy goes
    std::string_view request_uri;  ///< empty: unchanged
    std::string_view route_lines;  ///< added in front
    std::string_view branch;       ///< of our Via
    /// For a request that forms a dialog: the ends that only we can reach.
    const dialog_path* record_path = nullptr;
    std::uint32_t max_breadth = 0;  ///< 0: left as it is
};

/// Writes copies of requests: Via, Record-Route (two when the socket changes, RFC 5658), Route and
/// Request-URI (strict routers included), Max-Forwards.
class request_writer {
  public:
    /// @param us, tokens outlive this object.
    request_writer(const identity& us, const dialog_tokens& tokens) : us_(&us), tokens_(&tokens) {}

    void append(std::string& out, const outgoing_copy& copy);

  private:
    struct record_route {
        sip::listener_id listener;
        bool is_sips;
        std::string_view token;
    };
    void append_record_route(std::string& out, const record_route& entry) const;

    const identity* us_;
    const dialog_tokens* tokens_;
    sip::patch edits_;
    std::string first_lines_;
    std::string token_;
    std::string uri_;
};

}  // namespace sipha::route
