#include <algorithm>
#include <array>

#include <sipha/geo/ip.hpp>

#include "proxy/sip/text.hpp"
#include "proxy/sip/uri.hpp"
#include "proxy/sip/uri_text.hpp"

namespace sipha::sip {

namespace {

enum class letter_case : std::uint8_t { matters, ignored };

/// One character of a URI with its escape undone where that changes nothing.
struct unit {
    char value = '\0';
    bool is_escaped = false;  ///< "%HH" of a reserved character: not the bare character
    bool operator==(const unit&) const = default;
};

unit take_unit(std::string_view& text, letter_case cases) {
    unit one{text.front(), false};
    std::size_t size = 1;
    if (one.value == '%' && text.size() >= 3 && hex_value(text[1]) >= 0 &&
        hex_value(text[2]) >= 0) {
        one.value = static_cast<char>(hex_value(text[1]) * 16 + hex_value(text[2]));
        one.is_escaped = is_reserved(one.value);
        size = 3;
    }
    text.remove_prefix(size);
    if (cases == letter_case::ignored) {
        one.value = lower(one.value);
    }
    return one;
}

/// RFC 3261 19.1.4: characters outside the reserved set equal their escaped form.
bool same_text(std::string_view a, std::string_view b, letter_case cases) {
    while (!a.empty() && !b.empty()) {
        if (take_unit(a, cases) != take_unit(b, cases)) {
            return false;
        }
    }
    return a.empty() && b.empty();
}

bool same_host(const uri& a, const uri& b) {
    if (a.is_ipv6 != b.is_ipv6) {
        return false;
    }
    if (a.is_ipv6) {
        return geo::ip_address::parse(a.host) == geo::ip_address::parse(b.host);
    }
    return equal_ignoring_case(a.host, b.host);
}

enum class lookup : std::uint8_t { absent, differs, same };

/// Compares names with escapes undone, unlike parameters::value. A name that occurs twice, which
/// RFC 3261 19.1.1 forbids, matches by any of its values, so that each URI equals itself.
lookup find_parameter(const parameters& list, const parameter& wanted) {
    auto result = lookup::absent;
    for (const auto& one : list) {
        if (!same_text(one.name, wanted.name, letter_case::ignored)) {
            continue;
        }
        if (same_text(one.value, wanted.value, letter_case::ignored)) {
            return lookup::same;
        }
        result = lookup::differs;
    }
    return result;
}

/// RFC 3261 19.1.4: these never match a URI that lacks them; the text lists the first four, its
/// examples add transport.
bool must_be_in_both(std::string_view name) {
    constexpr std::array<std::string_view, 5> names = {
        "user", "ttl", "method", "maddr", "transport"};
    return std::any_of(names.begin(), names.end(), [name](std::string_view one) {
        return same_text(one, name, letter_case::ignored);
    });
}

bool parameters_allow(const parameters& ours, const parameters& theirs) {
    for (const auto& one : ours) {
        const auto found = find_parameter(theirs, one);
        if (found == lookup::differs || (found == lookup::absent && must_be_in_both(one.name))) {
            return false;
        }
    }
    return true;
}

struct uri_header {
    std::string_view name;
    std::string_view value;
};

std::optional<uri_header> next_header(std::string_view& rest) {
    if (rest.empty()) {
        return std::nullopt;
    }
    const auto one = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    const auto equals = std::min(one.find('='), one.size());
    return uri_header{one.substr(0, equals), one.substr(std::min(one.size(), equals + 1))};
}

/// RFC 3261 19.1.4: header components are never ignored.
bool headers_are_in(std::string_view ours, std::string_view theirs) {
    while (const auto one = next_header(ours)) {
        bool is_found = false;
        auto rest = theirs;
        while (const auto other = is_found ? std::nullopt : next_header(rest)) {
            is_found = same_text(one->name, other->name, letter_case::ignored) &&
                       same_text(one->value, other->value, letter_case::ignored);
        }
        if (!is_found) {
            return false;
        }
    }
    return true;
}

}  // namespace

bool equivalent(const uri& a, const uri& b) {
    if (!equal_ignoring_case(a.scheme, b.scheme)) {
        return false;  // RFC 3261 19.1.4: SIP and SIPS are never equivalent
    }
    if (!a.is_sip()) {
        return a.raw.substr(a.scheme.size()) == b.raw.substr(b.scheme.size());
    }
    return same_text(a.user, b.user, letter_case::matters) && a.has_password == b.has_password &&
           same_text(a.password, b.password, letter_case::matters) && same_host(a, b) &&
           a.port == b.port && parameters_allow(a.params, b.params) &&
           parameters_allow(b.params, a.params) && headers_are_in(a.headers, b.headers) &&
           headers_are_in(b.headers, a.headers);
}

}  // namespace sipha::sip
