#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace sipha::bench {

/// One of those compared in a row: does its work once and returns the figure, lower is better.
struct contender {
    std::string name;
    std::function<double()> run;
};

/// A contender's name and its median over all rounds.
struct figure {
    std::string name;
    double value = 0;
};

/// The middle of the values; of an even number the lower of the two. @pre `values` is not empty.
double median(std::vector<double> values);

/// Lets the contenders take turns, `rounds` times, so that a busy machine slows all of them alike;
/// each round begins with another one.
/// @returns one figure for each contender, in the given order.
std::vector<figure> alternate(std::span<const contender> contenders, std::size_t rounds);

/// Runs `work` in batches and tells what one run took in the median batch, in microseconds. A batch
/// is long enough that reading the clock does not count.
double microseconds_each(const std::function<void()>& work, std::size_t batches);

}  // namespace sipha::bench
