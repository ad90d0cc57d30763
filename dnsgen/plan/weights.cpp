#include "dnsgen/plan/weights.hpp"

#include <algorithm>
#include <numeric>

namespace sipha::dnsgen {

namespace {

struct share {
    std::size_t index;
    std::uint64_t remainder;
};

}  // namespace

std::vector<std::uint16_t> srv_weights(std::span<const std::uint32_t> weights) {
    const auto sum = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
    std::vector<std::uint16_t> result;
    if (sum <= max_weight_sum) {
        for (const auto weight : weights) {
            result.push_back(static_cast<std::uint16_t>(weight));
        }
        return result;
    }
    std::vector<share> shares;
    std::uint64_t used = 0;
    for (std::size_t index = 0; index < weights.size(); ++index) {
        const std::uint64_t scaled = std::uint64_t{weights[index]} * max_weight_sum;
        std::uint64_t part = scaled / sum;
        if (part == 0 && weights[index] != 0) {
            part = 1;
        } else {
            shares.push_back({index, scaled % sum});
        }
        used += part;
        result.push_back(static_cast<std::uint16_t>(part));
    }
    std::stable_sort(shares.begin(), shares.end(), [](const share& left, const share& right) {
        return left.remainder > right.remainder;
    });
    for (const auto& candidate : shares) {
        if (used >= max_weight_sum || candidate.remainder == 0) {
            break;
        }
        ++result[candidate.index];
        ++used;
    }
    // Weights raised to 1 may have used too much; the largest one pays, where it shows least.
    while (used > max_weight_sum) {
        const auto largest = std::max_element(result.begin(), result.end());
        if (*largest <= 1) {
            break;
        }
        const auto excess = std::min<std::uint64_t>(used - max_weight_sum, *largest - 1U);
        *largest = static_cast<std::uint16_t>(*largest - excess);
        used -= excess;
    }
    return result;
}

}  // namespace sipha::dnsgen
