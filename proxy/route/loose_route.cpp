#include "proxy/route/loose_route.hpp"

#include "proxy/route/request_uri.hpp"
#include "proxy/sip/name_addr.hpp"
#include "proxy/sip/uri.hpp"
#include "proxy/sip/values.hpp"

namespace sipha::route {

namespace {

std::string_view tag_of(const sip::message& message, sip::header_id header) {
    const auto value = sip::parse_name_addr(message.find(header)->value);
    return value ? value->params.value("tag").value_or(std::string_view()) : std::string_view();
}

/// Takes the token out of one of our own Record-Route URIs.
void read_token(
    route_view& view, const sip::uri& uri, const dialog_tokens& tokens, const dialog_tags& tags
) {
    if (!view.token && !uri.user.empty()) {
        view.token = tokens.decode(uri.user, tags);
    }
}

}  // namespace

dialog_tags tags_of(const sip::message& message) {
    return {
        message.find(sip::header_id::call_id)->value,
        tag_of(message, sip::header_id::from),
        tag_of(message, sip::header_id::to)};
}

std::optional<route_view> read_routes(
    const sip::message& request, const identity& us, const dialog_tokens& tokens
) {
    route_view view;
    view.request_uri = request.request_uri();
    const auto tags = tags_of(request);
    std::string_view last_uri;
    std::size_t seen = 0;
    bool is_leading = true;
    for (const auto value : sip::values_of(request, sip::header_id::route)) {
        const auto entry = sip::parse_name_addr(value);
        const auto uri = entry ? sip::parse_uri(entry->uri) : std::nullopt;
        if (!uri || ++seen > max_routes) {
            return std::nullopt;
        }
        last_uri = entry->uri;
        if (is_leading && us.is_local(*uri)) {
            if (++view.own_routes > max_own_routes) {
                return std::nullopt;
            }
            read_token(view, *uri, tokens, tags);
            continue;
        }
        if (is_leading) {
            view.next_route = value;
        }
        is_leading = false;
    }
    // RFC 3261 16.4: a strict router put our Record-Route URI into the Request-URI and moved the
    // real one to the end of the Route list.
    const auto target = sip::parse_uri(view.request_uri);
    if (target && seen > 0 && us.listener_of(*target) && target->params.has("lr")) {
        read_token(view, *target, tokens, tags);
        view.request_uri = last_uri;
        view.drop_last_route = seen > view.own_routes;
        if (seen - view.own_routes <= 1) {
            view.next_route = {};
        }
    } else if (target && us.is_own_maddr(*target)) {
        // RFC 3261 16.4: an maddr that is ours goes, with the port and transport that led here.
        view.stripped_uri = std::make_unique<const std::string>(without_maddr(*target));
        view.request_uri = *view.stripped_uri;
    }
    return view;
}

}  // namespace sipha::route
