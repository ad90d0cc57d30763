#include "proxy/route/request_uri.hpp"

#include <initializer_list>

#include "proxy/sip/text.hpp"

namespace sipha::route {

namespace {

void append_parameters(
    std::string& out, const sip::uri& uri, std::initializer_list<std::string_view> unwanted
) {
    for (const auto& parameter : uri.params) {
        bool is_kept = true;
        for (const auto name : unwanted) {
            is_kept = is_kept && !sip::equal_ignoring_case(parameter.name, name);
        }
        if (is_kept) {
            out += ';';
            out += parameter.raw;
        }
    }
}

/// Scheme, user and host, with the port when it is wanted.
std::string_view front_of(const sip::uri& uri, bool with_port) {
    const auto* begin = uri.raw.data();
    if (!with_port) {
        const auto* end = uri.host.data() + uri.host.size() + (uri.is_ipv6 ? 1 : 0);
        return {begin, static_cast<std::size_t>(end - begin)};
    }
    if (!uri.params.raw.empty()) {
        return {begin, static_cast<std::size_t>(uri.params.raw.data() - begin)};
    }
    // Without parameters the question mark of the headers ends it.
    return uri.headers.empty()
               ? uri.raw
               : std::string_view(begin, static_cast<std::size_t>(uri.headers.data() - 1 - begin));
}

/// Whether ";method" stands anywhere in it, in any letter case.
bool may_name_method(std::string_view uri) {
    for (auto at = uri.find(';'); at != std::string_view::npos; at = uri.find(';', at + 1)) {
        if (sip::equal_ignoring_case(uri.substr(at + 1, 6), "method")) {
            return true;
        }
    }
    return false;
}

}  // namespace

bool is_sips_uri(std::string_view uri) {
    return uri.size() > 5 && uri[4] == ':' && sip::equal_ignoring_case(uri.substr(0, 4), "sips");
}

std::string_view as_request_uri(std::string_view uri, std::string& scratch) {
    // Nearly always neither is there, and a glance tells: a user part may hold both.
    const bool may_have_headers = uri.find('?') != std::string_view::npos;
    if (!may_have_headers && !may_name_method(uri)) {
        return uri;
    }
    const auto read = sip::parse_uri(uri);
    if (!read || !read->is_sip() || (read->headers.empty() && !read->params.has("method"))) {
        return uri;
    }
    scratch = front_of(*read, true);
    append_parameters(scratch, *read, {"method"});
    return scratch;
}

std::string without_maddr(const sip::uri& uri) {
    std::string out(front_of(uri, false));
    append_parameters(out, uri, {"maddr", "transport"});
    return out;
}

}  // namespace sipha::route
