#include "resolver/src/srv.hpp"

#include <sipha/resolver/options.hpp>

#include <algorithm>
#include <numeric>
#include <utility>

#include "resolver/src/draw.hpp"

namespace sipha::resolver::detail {
namespace {

std::uint64_t scaled_weight(const srv_record& record) {
    // RFC 2782: weight 0 gets "a very small chance" beside others, an equal one among its like.
    return record.weight == 0 ? 1 : std::uint64_t{record.weight} * 256;
}

void draw_group(std::vector<srv_record> group, keyed_draw& random, srv_order& out) {
    for (auto left = group.size(); left > 1; --left) {
        std::swap(group[left - 1], group[random.below(left)]);
    }
    auto total = std::accumulate(
        group.begin(),
        group.end(),
        std::uint64_t{0},
        [](std::uint64_t sum, const srv_record& record) { return sum + scaled_weight(record); }
    );
    while (!group.empty()) {
        const auto drawn = random.below(total);
        out.picks.push_back({drawn, total});
        auto chosen = group.begin();
        for (auto rest = drawn; rest >= scaled_weight(*chosen); ++chosen) {
            rest -= scaled_weight(*chosen);
        }
        total -= scaled_weight(*chosen);
        out.records.push_back(std::move(*chosen));
        group.erase(chosen);
    }
}

}  // namespace

srv_order order_srv(
    std::span<const srv_record> records, std::uint64_t seed, std::string_view owner
) {
    srv_order out;
    std::vector<srv_record> usable;
    bool has_dot = false;
    for (const auto& record : records) {
        if (record.target.empty()) {
            has_dot = true;
        } else if (record.port == 0) {
            ++out.skipped_port_zero;
        } else {
            usable.push_back(record);
        }
    }
    // RFC 2782: "." says that the service is decidedly not available; it stands alone.
    out.is_service_absent = has_dot && usable.empty() && out.skipped_port_zero == 0;
    out.has_ignored_dot = has_dot && !out.is_service_absent;
    // Servers rotate their answers; only sorting makes the draw depend on the seed alone.
    std::sort(usable.begin(), usable.end());
    usable.erase(std::unique(usable.begin(), usable.end()), usable.end());
    keyed_draw random(seed, owner);
    for (auto first = usable.begin(); first != usable.end();) {
        const auto last = std::find_if(first, usable.end(), [first](const srv_record& record) {
            return record.priority != first->priority;
        });
        draw_group({first, last}, random, out);
        first = last;
    }
    if (out.records.size() > max_srv_records) {
        out.is_truncated = true;
        out.records.resize(max_srv_records);
        out.picks.resize(max_srv_records);
    }
    return out;
}

}  // namespace sipha::resolver::detail
