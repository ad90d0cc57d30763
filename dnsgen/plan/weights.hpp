#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sipha::dnsgen {

/// The largest sum of weights in one priority, kind to clients that add them in 16 bits.
inline constexpr std::uint32_t max_weight_sum = 65535;

/// Fits weights into SRV records: unchanged when their sum allows, else scaled down in proportion
/// by largest remainder to a sum of at most the limit, with
/// every non-zero weight at least 1. A zero stays zero (RFC 2782: almost never chosen).
/// @param weights at most `max_weight_sum` of them.
std::vector<std::uint16_t> srv_weights(std::span<const std::uint32_t> weights);

}  // namespace sipha::dnsgen
