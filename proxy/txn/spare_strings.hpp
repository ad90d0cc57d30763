#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sipha::txn {

/// Strings that ended with their records, kept for the next ones: a steady load takes no memory.
class spare_strings {
  public:
    /// What is kept at most: so many strings, each of so many octets.
    static constexpr std::size_t max_strings = 4096;
    static constexpr std::size_t max_octets = 4096;

    /// A string with this content.
    std::string make(std::string_view content) {
        if (strings_.empty()) {
            return std::string(content);
        }
        auto out = std::move(strings_.back());
        strings_.pop_back();
        out.assign(content);
        return out;
    }
    /// Takes a string that is no longer needed.
    void keep(std::string&& done) {
        constexpr std::size_t inside = 15;  // no memory of its own
        if (done.capacity() > inside && done.capacity() <= max_octets &&
            strings_.size() < max_strings) {
            strings_.push_back(std::move(done));
        }
    }

    std::size_t size() const { return strings_.size(); }

  private:
    std::vector<std::string> strings_;
};

}  // namespace sipha::txn
