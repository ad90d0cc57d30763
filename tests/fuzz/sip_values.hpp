#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "proxy/sip/fields.hpp"
#include "tests/fuzz/require.hpp"

/// Readings of one header value, with what must hold for any bytes.
namespace sipha::fuzz {

inline bool is_inside(std::string_view part, std::string_view whole) {
    return part.empty() || (part.data() >= whole.data() &&
                            part.data() + part.size() <= whole.data() + whole.size());
}

inline void read_parameters(const sip::parameters& list, std::string_view whole) {
    std::size_t steps = 0;
    for (const auto& one : list) {
        require(is_inside(one.raw, whole) && is_inside(one.value, whole));
        require(++steps <= whole.size() + 1);
    }
    list.value("tag");
}

inline void read_uri(std::string_view text) {
    const auto found = sip::parse_uri(text);
    if (!found) {
        return;
    }
    require(is_inside(found->host, text) && is_inside(found->user, text));
    read_parameters(found->params, text);
    require(sip::equivalent(*found, *found));
    const auto key = sip::canonical_aor(*found);
    const auto again = sip::parse_uri(key);
    require(again.has_value() && sip::canonical_aor(*again) == key);
}

inline void read_value(std::string_view value) {
    const sip::endpoint source{sip::transport::tcp, {}, 5060};
    if (const auto found = sip::parse_via(value)) {
        read_parameters(found->params, value);
        const auto stamped = sip::via_with_source(*found, source);
        const auto again = sip::parse_via(stamped);
        // The added `received` may be the parameter too many, which validation keeps from us.
        require(again.has_value() || found->parameter_count == sip::max_parameters);
        require(!again || sip::via_with_source(*again, source) == stamped);
    }
    if (const auto found = sip::parse_name_addr(value)) {
        require(is_inside(found->uri, value) && is_inside(found->display_name, value));
        read_parameters(found->params, value);
        read_uri(found->uri);
    }
    sip::parse_cseq(value);
    read_uri(value);
    read_parameters({value}, value);
}

}  // namespace sipha::fuzz
