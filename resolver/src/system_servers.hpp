#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <sipha/resolver/target.hpp>

#include "resolver/src/resolv_conf.hpp"

namespace sipha::resolver::detail {

/// Follows a resolv.conf file. Looks at it when asked to, and at most once in `look_every`: a
/// question that goes to the DNS costs far more than this look.
class system_servers {
  public:
    static constexpr std::chrono::seconds look_every{1};

    explicit system_servers(std::string path = "/etc/resolv.conf") : path_(std::move(path)) {}

    /// Reads the file now. A file that cannot be read counts as empty.
    resolv_conf read(time_point now);
    /// @returns what the file says when it has changed since the last read.
    std::optional<resolv_conf> changed(time_point now);

  private:
    /// What changes when a file is written or replaced.
    struct stamp {
        std::uint64_t device = 0;
        std::uint64_t inode = 0;
        std::int64_t size = -1;
        std::int64_t seconds = 0;
        std::int64_t nanoseconds = 0;
        friend bool operator==(const stamp&, const stamp&) = default;
    };
    stamp look() const;

    std::string path_;
    stamp seen_;
    time_point next_look_{};
};

}  // namespace sipha::resolver::detail
