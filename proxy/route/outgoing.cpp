#include "proxy/route/outgoing.hpp"

#include "proxy/route/forward.hpp"
#include "proxy/sip/builder.hpp"
#include "proxy/sip/name_addr.hpp"
#include "proxy/sip/uri.hpp"
#include "proxy/sip/values.hpp"
#include "proxy/sip/via.hpp"

namespace sipha::route {

namespace {

bool is_strict_router(std::string_view route) {
    const auto entry = sip::parse_name_addr(route);
    const auto uri = entry ? sip::parse_uri(entry->uri) : std::nullopt;
    return uri && !uri->params.has("lr");
}

}  // namespace

void request_writer::append_record_route(
    std::string& out, sip::listener_id listener, std::string_view token
) const {
    const auto& ours = us_->listener(listener);
    out += "Record-Route: <sip:";
    out += token;
    out += '@';
    sip::append_hostport(out, ours.ip, ours.port);
    out += ";transport=";
    out += sip::uri_name(ours.transport);
    out += ";lr>\r\n";
}

void request_writer::append(std::string& out, const outgoing_copy& copy) {
    const auto& ours = us_->listener(copy.to.listener);
    first_lines_ = "Via: SIP/2.0/";
    first_lines_ += sip::via_name(ours.transport);
    first_lines_ += ' ';
    sip::append_hostport(first_lines_, ours.ip, ours.port);
    first_lines_ += ";rport;branch=";
    first_lines_ += copy.branch;
    first_lines_ += "\r\n";
    if (copy.record_path != nullptr) {
        token_.clear();
        tokens_->append(token_, *copy.record_path, tags_of(copy.request));
        // The topmost entry faces the callee, the one below the caller (RFC 5658 4).
        append_record_route(first_lines_, copy.to.listener, token_);
        if (copy.from.listener != copy.to.listener) {
            append_record_route(first_lines_, copy.from.listener, token_);
        }
    }
    first_lines_ += copy.route_lines;

    forward_changes changes;
    changes.request_uri = copy.request_uri.empty() ? copy.routes.request_uri : copy.request_uri;
    changes.drop_routes = copy.routes.own_routes;
    changes.drop_last_route = copy.routes.drop_last_route;
    std::string last_lines;
    if (!copy.routes.next_route.empty() && is_strict_router(copy.routes.next_route)) {
        // RFC 3261 16.6 step 6: the strict router's URI becomes the Request-URI, and the
        // Request-URI goes to the end of the Route list.
        last_lines = "Route: <" + std::string(changes.request_uri) + ">\r\n";
        changes.request_uri = sip::parse_name_addr(copy.routes.next_route)->uri;
        ++changes.drop_routes;
    }
    auto vias = copy.request.find(sip::header_id::via)->value;
    const auto via = sip::parse_via(*sip::next_value(vias));
    const auto top_via = sip::via_with_source(*via, copy.from.remote);
    changes.top_via = top_via;
    changes.own_realms = us_->realms();
    changes.first_lines = first_lines_;
    changes.last_lines = last_lines;
    changes.add_content_length = sip::is_reliable(ours.transport);
    append_forwarded(out, copy.request, changes, edits_);
}

}  // namespace sipha::route
