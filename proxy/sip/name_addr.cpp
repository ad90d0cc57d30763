#include "proxy/sip/name_addr.hpp"

#include "proxy/sip/cursor.hpp"
#include "proxy/sip/text.hpp"
#include "proxy/sip/uri.hpp"

namespace sipha::sip {

namespace {

/// Something with a scheme, without white space, controls and the delimiters of name-addr.
bool looks_like_uri(std::string_view text) {
    const auto scheme = uri_scheme(text);
    return !scheme.empty() && text.size() > scheme.size() + 1 &&
           char_class::span(text, char_class::bare_uri) == text.size();
}

/// display-name "<": @returns false when the value is not of the bracketed form.
bool take_display_name(cursor& at, std::string_view& display_name) {
    if (const auto quoted = at.take_quoted_string()) {
        display_name = quoted->substr(1, quoted->size() - 2);
        return at.accept_separator('<');
    }
    display_name = trim_lws(at.take(char_class::span(at.rest(), char_class::display_name)));
    return at.accept('<');
}

}  // namespace

std::optional<name_addr> parse_name_addr(std::string_view one_value) {
    name_addr found;
    found.raw = trim_lws(one_value);
    cursor at(found.raw);
    if (take_display_name(at, found.display_name)) {
        const auto close = at.rest().find('>');
        if (close == std::string_view::npos) {
            return std::nullopt;
        }
        found.uri = at.take(close);
        at.accept('>');
    } else {
        at = cursor(found.raw);
        found.display_name = {};
        found.uri = at.take(char_class::span_until(at.rest(), char_class::value_end));
        // RFC 3261 20: such a URI must stand in angle brackets.
        if (found.uri.find_first_of("?,") != std::string_view::npos) {
            return std::nullopt;
        }
    }
    at.skip_lws();
    found.params.raw = at.rest();
    if (!looks_like_uri(found.uri) || !are_header_parameters(found.params.raw)) {
        return std::nullopt;
    }
    return found;
}

}  // namespace sipha::sip
