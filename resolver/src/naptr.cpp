#include "resolver/src/naptr.hpp"

#include <sipha/resolver/options.hpp>

#include <algorithm>
#include <string_view>
#include <tuple>

#include "resolver/src/names.hpp"

namespace sipha::resolver::detail {
namespace {

struct service {
    std::string_view text;
    resolver::transport transport;
};

// RFC 3263 4.1 (D2U, D2T) and RFC 7118 4 (D2W); services compare without case (RFC 3403 4.1).
constexpr service known_services[] = {
    {"SIPS+D2T", transport::tls},
    {"SIP+D2T", transport::tcp},
    {"SIP+D2U", transport::udp},
    {"SIPS+D2W", transport::wss},
    {"SIP+D2W", transport::ws},
};

std::optional<naptr_kind> kind_of(std::string_view flags) {
    if (flags.empty()) {
        return naptr_kind::more_rules;
    }
    if (equals_ignoring_case(flags, "s")) {
        return naptr_kind::srv;
    }
    return equals_ignoring_case(flags, "a") ? std::optional(naptr_kind::addresses) : std::nullopt;
}

std::size_t position(std::span<const transport> supported, std::optional<transport> wanted) {
    const auto found =
        wanted ? std::find(supported.begin(), supported.end(), *wanted) : supported.end();
    return static_cast<std::size_t>(found - supported.begin());
}

/// @returns why the record cannot be used, or null after filling the rule.
const char* judge(const naptr_record& record, const rule_filter& filter, naptr_rule& rule) {
    const auto kind = kind_of(record.flags);
    if (!kind) {
        return "its flags are neither \"s\", \"a\" nor empty";
    }
    // RFC 3263 4.1: the result is the replacement field; rules with a regexp are for ENUM.
    if (record.has_regexp) {
        return "it has a regular expression";
    }
    if (record.replacement.empty()) {
        return "it has no replacement";
    }
    rule.order = record.order;
    rule.preference = record.preference;
    rule.kind = *kind;
    rule.replacement = record.replacement;
    for (const auto& known : known_services) {
        if (equals_ignoring_case(record.services, known.text)) {
            rule.transport = known.transport;
        }
    }
    if (!rule.transport) {
        const bool leads_on = *kind == naptr_kind::more_rules && record.services.empty();
        return leads_on ? nullptr : "its service is not a SIP service known here";
    }
    if (position(filter.supported, rule.transport) == filter.supported.size()) {
        return "its transport is not enabled";
    }
    // RFC 3263 4.1: for a SIPS URI every service but SIPS is discarded.
    if (filter.scheme == uri_scheme::sips && !is_secure(*rule.transport)) {
        return "the URI is sips and its service is not";
    }
    return nullptr;
}

}  // namespace

naptr_rules select_rules(std::span<const naptr_record> records, const rule_filter& filter) {
    naptr_rules out;
    for (const auto& record : records) {
        naptr_rule rule;
        const char* reason = judge(record, filter, rule);
        if (!reason) {
            out.usable.push_back(std::move(rule));
        } else if (filter.reasons == skip_reasons::keep) {
            out.skipped.push_back(
                "NAPTR " + std::to_string(record.order) + ' ' + std::to_string(record.preference) +
                " skipped: " + reason
            );
        }
    }
    const auto key = [&filter](const naptr_rule& rule) {
        const bool is_udp = rule.transport == transport::udp;
        return std::tuple(
            is_udp && filter.udp == udp_use::last,
            rule.order,
            is_udp && filter.udp == udp_use::last_of_order,
            rule.preference,
            position(filter.supported, rule.transport),
            std::string_view(rule.replacement)
        );
    };
    std::sort(out.usable.begin(), out.usable.end(), [&key](const auto& left, const auto& right) {
        return key(left) < key(right);
    });
    if (out.usable.size() > max_naptr_records) {
        out.is_truncated = true;
        out.usable.resize(max_naptr_records);
    }
    return out;
}

}  // namespace sipha::resolver::detail
