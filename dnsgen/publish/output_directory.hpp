#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dnsgen/render/file_set.hpp"

namespace sipha::dnsgen {

/// How many published sets are kept, the current one among them, for going back by hand.
inline constexpr std::size_t kept_sets = 5;

struct publish_result {
    enum class outcome : std::uint8_t { published, unchanged, failed };
    outcome result = outcome::failed;
    /// "sets/000007" relative to the output directory, unless it failed.
    std::string set_path;
    /// What failed, where, and the remedy.
    std::string problem;
};

/// A directory of generated sets:
///
///     sets/000006/...      earlier sets
///     sets/000007/...      one directory a set, never changed once it has its name
///     current -> sets/000007
///
/// A set becomes visible by one rename of the symbolic link, after every byte is on the disk, so a
/// server that reads through `current` sees a whole old or a whole new set, also after a crash. No
/// symbolic link inside the directory is followed for writing. Opening takes an exclusive lock.
class output_directory {
  public:
    /// Opens `path`, makes it when missing (not its parents), and locks it.
    explicit output_directory(std::string path);
    ~output_directory();
    output_directory(const output_directory&) = delete;
    output_directory& operator=(const output_directory&) = delete;

    /// Empty when the directory is open; else what failed and the remedy.
    const std::string& problem() const { return problem_; }
    /// The path of the current set, if one was published.
    const std::optional<std::string>& current_set() const { return current_; }
    /// A file of the current set.
    /// @param most its largest size in bytes; a larger one counts as absent.
    std::optional<std::string> read_current(std::string_view file, std::size_t most) const;

    /// Publishes a set. When the current one has the same files with the same content, nothing on
    /// the disk is touched.
    publish_result publish(const file_set& set);

  private:
    bool is_current(const file_set& set) const;
    std::string write_set(int sets, const file_set& set, const std::string& name);
    std::string switch_current(const std::string& target);
    void make_run_directories(const file_set& set) const;
    std::string where(std::string_view name) const;

    std::string path_;
    int fd_ = -1;
    std::string problem_;
    std::optional<std::string> current_;
};

}  // namespace sipha::dnsgen
