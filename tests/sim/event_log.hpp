#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/timing/clock.hpp"

namespace sipha::sim {

/// Everything that happened in a world as one number: equal hashes mean that two runs were equal to
/// the last octet. With tracing on it prints a line for each event as well.
class event_log {
  public:
    enum class tracing : std::uint8_t { off, on };
    explicit event_log(tracing trace = tracing::off) : is_tracing_(trace == tracing::on) {}

    /// @param place who it happened to. @param what kind of event and its outcome.
    /// @param bytes what travelled; hashed whole, traced by its first line.
    void note(
        timing::duration elapsed,
        std::string_view place,
        std::string_view what,
        std::string_view bytes = {}
    );
    /// A broken invariant; also noted.
    void violation(timing::duration elapsed, std::string text);

    std::uint64_t hash() const { return hash_; }
    const std::vector<std::string>& violations() const { return violations_; }
    bool is_tracing() const { return is_tracing_; }

  private:
    void mix(std::string_view text);

    bool is_tracing_;
    std::uint64_t hash_ = 0xcbf29ce484222325;
    std::vector<std::string> violations_;
};

}  // namespace sipha::sim
