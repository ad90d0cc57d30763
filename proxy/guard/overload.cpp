#include "proxy/guard/overload.hpp"

#include <algorithm>

namespace sipha::guard {

namespace {

/// 0 below the limit, 1 from half way between the limit and full.
double excess(double value, double limit) {
    if (limit >= 1 || !(value >= limit)) {
        return 0;
    }
    return std::min(1.0, 0.1 + (value - limit) / ((1 - limit) / 2));
}

}  // namespace

void overload::sample(timing::time_point now, const load_sample& what) {
    last_ = what;
    sampled_ = now;
}

unsigned overload::refused_share(timing::time_point now, double transactions) const {
    auto worst = excess(transactions, options_.transactions);
    if (sampled_ != timing::time_point{} && now - sampled_ <= options_.sample_life) {
        worst =
            std::max({worst, excess(last_.queue, options_.queue), excess(last_.busy, options_.busy)}
            );
    }
    return static_cast<unsigned>(worst * 1000);
}

}  // namespace sipha::guard
