#include "proxy/sip/uri.hpp"

#include <sipha/geo/ip.hpp>

#include "proxy/sip/hostport.hpp"
#include "proxy/sip/text.hpp"
#include "proxy/sip/uri_text.hpp"

namespace sipha::sip {

namespace {

constexpr std::size_t npos = std::string_view::npos;

bool are_uri_headers(std::string_view text) {
    for (std::size_t count = 0; count < max_uri_headers; ++count) {
        const auto end = text.find('&');
        const auto one = text.substr(0, end);
        const auto equals = one.find('=');
        if (equals == npos || equals == 0 ||
            !is_uri_text(one.substr(0, equals), uri_part::header) ||
            !is_uri_text(one.substr(equals + 1), uri_part::header)) {
            return false;
        }
        if (end == npos) {
            return true;
        }
        text.remove_prefix(end + 1);
    }
    return false;
}

/// userinfo without its "@". The first colon ends the user, which cannot hold a bare one.
bool split_userinfo(std::string_view text, uri& out) {
    const auto colon = text.find(':');
    out.user = text.substr(0, colon);
    if (colon != npos) {
        out.password = text.substr(colon + 1);
        out.has_password = true;
    }
    return !out.user.empty() && is_uri_text(out.user, uri_part::user) &&
           is_uri_text(out.password, uri_part::password);
}

bool split_sip_uri(std::string_view rest, uri& out) {
    // Nothing but the end of userinfo can be a bare "@", so it is looked for before ";" and "?",
    // which a user may hold (RFC 4475 3.1.1.9).
    const auto at = rest.find('@');
    if (at != npos) {
        if (!split_userinfo(rest.substr(0, at), out)) {
            return false;
        }
        rest.remove_prefix(at + 1);
    }
    const auto question = rest.find('?');
    if (question != npos) {
        out.headers = rest.substr(question + 1);
        if (!are_uri_headers(out.headers)) {
            return false;
        }
        rest = rest.substr(0, question);
    }
    const auto semicolon = rest.find(';');
    if (semicolon != npos) {
        out.params.raw = rest.substr(semicolon);
        if (!are_uri_parameters(out.params.raw)) {
            return false;
        }
        rest = rest.substr(0, semicolon);
    }
    // Only headers have white space around separators.
    if (trim_lws(rest).size() != rest.size() || rest.find_first_of(" \t\r\n") != npos) {
        return false;
    }
    const auto address = parse_hostport(rest);
    if (!address) {
        return false;
    }
    out.host = address->host;
    out.is_ipv6 = address->is_ipv6;
    out.port = address->port;
    return true;
}

bool is_opaque_text(std::string_view text) {
    return !text.empty() && char_class::span(text, char_class::bare_uri) == text.size();
}

void append_escaped(std::string& out, unsigned char c) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    out += '%';
    out += digits[c >> 4];
    out += digits[c & 15];
}

void append_canonical_user(std::string& out, std::string_view user) {
    for (std::size_t i = 0; i < user.size(); ++i) {
        char c = user[i];
        if (c == '%' && i + 2 < user.size() && hex_value(user[i + 1]) >= 0 &&
            hex_value(user[i + 2]) >= 0) {
            c = static_cast<char>(hex_value(user[i + 1]) * 16 + hex_value(user[i + 2]));
            i += 2;
        }
        if (is_plain_in(uri_part::user, c)) {
            out += c;
        } else {
            append_escaped(out, static_cast<unsigned char>(c));
        }
    }
}

void append_canonical_host(std::string& out, const uri& address) {
    if (address.is_ipv6) {
        const auto ip = geo::ip_address::parse(address.host);
        out += '[';
        out += ip ? ip->to_string() : std::string(address.host);
        out += ']';
        return;
    }
    auto host = address.host;
    if (host.ends_with('.')) {
        host.remove_suffix(1);
    }
    for (const char c : host) {
        out += lower(c);
    }
}

}  // namespace

bool is_uri_text(std::string_view text, uri_part part) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_plain_in(part, text[i])) {
            continue;
        }
        if (text[i] != '%' || i + 2 >= text.size() || hex_value(text[i + 1]) < 0 ||
            hex_value(text[i + 2]) < 0) {
            return false;
        }
        i += 2;
    }
    return true;
}

bool is_reserved(char c) {
    return std::string_view(";/?:@&=+$,").find(c) != npos;
}

bool uri::is_sip() const {
    return equal_ignoring_case(scheme, "sip") || is_sips();
}

bool uri::is_sips() const {
    return equal_ignoring_case(scheme, "sips");
}

std::string_view uri_scheme(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == npos || colon == 0 || !is_alpha(text.front())) {
        return {};
    }
    for (const char c : text.substr(0, colon)) {
        if (!is_alphanumeric(c) && c != '+' && c != '-' && c != '.') {
            return {};
        }
    }
    return text.substr(0, colon);
}

std::optional<uri> parse_uri(std::string_view text) {
    uri found;
    found.raw = text;
    found.scheme = uri_scheme(text);
    if (found.scheme.empty()) {
        return std::nullopt;
    }
    const auto rest = text.substr(found.scheme.size() + 1);
    const bool is_good = found.is_sip() ? split_sip_uri(rest, found) : is_opaque_text(rest);
    if (!is_good) {
        return std::nullopt;
    }
    return found;
}

std::string canonical_aor(const uri& address) {
    if (!address.is_sip()) {
        return std::string(address.raw);
    }
    std::string key;
    key.reserve(address.raw.size() + 8);
    key += "sip:";
    if (!address.user.empty()) {
        append_canonical_user(key, address.user);
        key += '@';
    }
    append_canonical_host(key, address);
    return key;
}

}  // namespace sipha::sip
