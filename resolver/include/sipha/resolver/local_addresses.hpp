#pragma once

#include <vector>

#include <sipha/resolver/export.hpp>
#include <sipha/resolver/options.hpp>

namespace sipha::resolver {

/// The addresses of this machine's interfaces that are up, for `lookup_options::source_addresses`.
/// Those that packets to the world leave from come first, one for each family that has a route.
/// Reads the interfaces and sends nothing; call it again when the network changed. Empty when the
/// system tells nothing. At most `max_source_addresses`.
SIPHA_RESOLVER_EXPORT std::vector<source_address> local_addresses();

}  // namespace sipha::resolver
