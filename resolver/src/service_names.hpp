#pragma once

#include <span>
#include <string_view>

#include <sipha/resolver/options.hpp>
#include <sipha/resolver/target.hpp>

namespace sipha::resolver::detail {

/// The names, before the domain, under which SRV records of a transport are asked without NAPTR;
/// the next one only when the one before does not exist. Empty for a WebSocket without an option.
std::span<const std::string_view> service_prefixes(
    transport through, const lookup_options& options
);

}  // namespace sipha::resolver::detail
