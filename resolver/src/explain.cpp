#include "sipha/resolver/explain.hpp"

#include "sipha/resolver/records.hpp"

namespace sipha::resolver {

std::string_view name(step_kind kind) {
    switch (kind) {
        case step_kind::query:
            return "query";
        case step_kind::answer:
            return "answer";
        case step_kind::rule:
            return "rule";
        case step_kind::draw:
            return "draw";
        case step_kind::candidate:
            return "candidate";
        case step_kind::health:
            return "health";
        case step_kind::attempt:
            return "attempt";
    }
    return "unknown";
}

std::string to_text(const explanation& steps) {
    std::string text;
    for (const auto& step : steps) {
        text.append(std::size_t{step.depth} * 2, ' ');
        text += name(step.kind);
        text += ": ";
        text += step.text;
        text += '\n';
    }
    return text;
}

std::string_view name(warning_kind kind) {
    switch (kind) {
        case warning_kind::naptr_unavailable:
            return "naptr-unavailable";
        case warning_kind::naptr_loop:
            return "naptr-loop";
        case warning_kind::srv_dot_ignored:
            return "srv-dot-ignored";
        case warning_kind::srv_port_zero:
            return "srv-port-zero";
        case warning_kind::target_is_alias:
            return "target-is-alias";
        case warning_kind::target_alias_loop:
            return "target-alias-loop";
        case warning_kind::target_failed:
            return "target-failed";
        case warning_kind::records_rejected:
            return "records-rejected";
        case warning_kind::truncated:
            return "truncated";
        case warning_kind::incomplete:
            return "incomplete";
    }
    return "unknown";
}

std::string_view name(record_type type) {
    switch (type) {
        case record_type::a:
            return "A";
        case record_type::aaaa:
            return "AAAA";
        case record_type::srv:
            return "SRV";
        case record_type::naptr:
            return "NAPTR";
    }
    return "unknown";
}

}  // namespace sipha::resolver
