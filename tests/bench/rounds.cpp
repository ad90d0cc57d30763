#include "tests/bench/rounds.hpp"

#include <algorithm>
#include <chrono>

namespace sipha::bench {
namespace {

constexpr int batch_size = 32;

}  // namespace

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

std::vector<figure> alternate(std::span<const contender> contenders, std::size_t rounds) {
    std::vector<std::vector<double>> values(contenders.size());
    for (std::size_t round = 0; round < rounds; ++round) {
        for (std::size_t turn = 0; turn < contenders.size(); ++turn) {
            const auto index = (round + turn) % contenders.size();
            values[index].push_back(contenders[index].run());
        }
    }
    std::vector<figure> figures;
    for (std::size_t index = 0; index < contenders.size(); ++index) {
        figures.push_back({contenders[index].name, median(std::move(values[index]))});
    }
    return figures;
}

double microseconds_each(const std::function<void()>& work, std::size_t batches) {
    using clock = std::chrono::steady_clock;
    std::vector<double> taken;
    taken.reserve(batches);
    for (std::size_t batch = 0; batch < batches; ++batch) {
        const auto begin = clock::now();
        for (int run = 0; run < batch_size; ++run) {
            work();
        }
        const std::chrono::duration<double, std::micro> took = clock::now() - begin;
        taken.push_back(took.count() / batch_size);
    }
    return median(std::move(taken));
}

}  // namespace sipha::bench
