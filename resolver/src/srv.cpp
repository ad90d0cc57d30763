#include "resolver/src/srv.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace sipha::resolver::detail {
namespace {

/// What a draw needs, together.
struct drawing {
    std::span<const std::uint16_t> weights;
    std::span<std::uint16_t> order;
    std::vector<srv_pick>* picks;

    void note(std::uint64_t drawn, std::uint64_t total) const {
        if (picks) {
            picks->push_back({drawn, total});
        }
    }
};

std::uint64_t scaled_weight(std::uint16_t weight) {
    // RFC 2782: weight 0 gets "a very small chance" beside others, an equal one among its like.
    return weight == 0 ? 1 : std::uint64_t{weight} * 256;
}

void draw_fair(const drawing& group, keyed_draw& random) {
    std::uint64_t total = 0;
    for (const auto weight : group.weights) {
        total += scaled_weight(weight);
    }
    const auto count = group.order.size();
    for (std::size_t place = 0; place < count; ++place) {
        // The last one needs no luck, and the shares of an exclusive draw depend on no order, so
        // the chosen one may simply change places with the first that is left.
        const auto drawn = place + 1 == count ? 0 : random.below(total);
        group.note(drawn, total);
        auto chosen = place;
        for (auto rest = drawn; rest >= scaled_weight(group.weights[group.order[chosen]]);
             ++chosen) {
            rest -= scaled_weight(group.weights[group.order[chosen]]);
        }
        std::swap(group.order[place], group.order[chosen]);
        total -= scaled_weight(group.weights[group.order[place]]);
    }
}

void draw_literally(const drawing& group, keyed_draw& random) {
    const auto order = group.order;
    for (auto left = order.size(); left > 1; --left) {
        std::swap(order[left - 1], order[random.below(left)]);
    }
    std::stable_partition(order.begin(), order.end(), [&group](std::uint16_t index) {
        return group.weights[index] == 0;
    });
    auto total = std::accumulate(group.weights.begin(), group.weights.end(), std::uint64_t{0});
    for (auto first = order.begin(); first != order.end(); ++first) {
        const auto drawn = random.below(total + 1);  // RFC 2782: between 0 and the sum, inclusive
        group.note(drawn, total);
        auto chosen = first;
        for (std::uint64_t sum = group.weights[*chosen]; sum < drawn;) {
            sum += group.weights[*++chosen];
        }
        total -= group.weights[*chosen];
        std::rotate(first, chosen, chosen + 1);  // those left keep their order
    }
}

}  // namespace

srv_set usable_srv(std::span<const srv_record> records) {
    srv_set out;
    bool has_dot = false;
    for (const auto& record : records) {
        if (record.target.empty()) {
            has_dot = true;
        } else if (record.port == 0) {
            ++out.skipped_port_zero;
        } else {
            out.records.push_back(&record);
        }
    }
    // RFC 2782: "." says that the service is decidedly not available; it stands alone.
    out.is_service_absent = has_dot && out.records.empty() && out.skipped_port_zero == 0;
    out.has_ignored_dot = has_dot && !out.is_service_absent;
    // Servers rotate their answers; only sorting makes the draw depend on the seed alone.
    std::sort(out.records.begin(), out.records.end(), [](const auto* left, const auto* right) {
        return *left < *right;
    });
    const auto same = [](const auto* left, const auto* right) { return *left == *right; };
    out.records.erase(std::unique(out.records.begin(), out.records.end(), same), out.records.end());
    return out;
}

void draw_order(
    std::span<const std::uint16_t> weights,
    srv_draw how,
    keyed_draw random,
    std::span<std::uint16_t> order,
    std::vector<srv_pick>* picks
) {
    std::iota(order.begin(), order.end(), std::uint16_t{0});
    const drawing group{weights, order, picks};
    if (how == srv_draw::fair) {
        draw_fair(group, random);
    } else {
        draw_literally(group, random);
    }
}

}  // namespace sipha::resolver::detail
