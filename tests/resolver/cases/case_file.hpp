#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <yaml-cpp/yaml.h>

namespace sipha::resolver::test::cases {

/// A map of the file that remembers which keys were read, so that no wish of a case goes
/// unnoticed because nothing looks at it.
class fields {
  public:
    /// @param where names the map in complaints: "case 12, step 2".
    fields(YAML::Node map, std::string where);

    bool has(const std::string& key) const;
    /// @throws std::invalid_argument when the key is missing or no text.
    std::string text(const std::string& key) const;
    std::string text_or(const std::string& key, const std::string& otherwise) const;
    std::optional<std::size_t> number(const std::string& key) const;
    std::optional<std::chrono::milliseconds> duration(const std::string& key) const;
    /// `yes` or `on`, against `no` or `off`; nothing when the key is missing.
    std::optional<bool> flag(const std::string& key) const;
    std::vector<std::string> list(const std::string& key) const;
    /// A map of words, in the order of the file.
    std::vector<std::pair<std::string, std::string>> table(const std::string& key) const;
    /// The maps of a list.
    std::vector<fields> maps(const std::string& key) const;
    std::optional<fields> map(const std::string& key) const;

    /// Keys that nothing has read.
    std::vector<std::string> unread() const;
    const std::string& where() const { return where_; }

  private:
    std::optional<YAML::Node> find(const std::string& key) const;

    YAML::Node map_;
    std::string where_;
    mutable std::set<std::string> read_;
};

/// One way to run a case: what the world is like and what happens in it.
struct case_run {
    fields setup;
    std::vector<fields> steps;
};

struct case_text {
    unsigned number = 0;
    std::string title;
    std::string needs;  ///< what is missing before this can run; empty when nothing is
    std::vector<case_run> runs;

    /// "Case007".
    std::string name() const;
};

/// All cases in order of their numbers. @throws std::exception naming the case that is wrong.
std::vector<case_text> load_cases(const std::string& path);

}  // namespace sipha::resolver::test::cases
