#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <sipha/geo/text_position.hpp>

namespace sipha::geo::yaml {

using position = text_position;

enum class severity : std::uint8_t { error, warning };

/// One finding about a file: where, which rule, and what to do about it.
struct diagnostic {
    position at;
    severity level = severity::error;
    std::string rule;
    std::string text;

    friend auto operator<=>(const diagnostic&, const diagnostic&) = default;
};

/// Findings beyond this number are counted, not kept, so a hostile file cannot fill the memory.
inline constexpr std::size_t max_diagnostics = 1000;

/// Collects everything that is wrong with one file, so that a user sees all of it at once.
///
/// It also remembers which keys the code asked for; a test compares them with the documentation.
class diagnostics {
  public:
    /// @param file the name to print, as the user gave it.
    explicit diagnostics(std::string file) : file_(std::move(file)) {}

    /// @param rule a rule id such as "L010"; @param text what is wrong and the remedy.
    void error(position at, std::string_view rule, std::string text);
    void warning(position at, std::string_view rule, std::string text);

    bool has_errors() const { return errors_ > 0; }
    std::size_t error_count() const { return errors_; }
    std::size_t warning_count() const { return warnings_; }
    /// Findings that were counted but not kept because of `max_diagnostics`.
    std::size_t suppressed_count() const { return errors_ + warnings_ - found_.size(); }
    const std::string& file() const { return file_; }
    /// All kept findings, by position, then severity, rule and text.
    std::vector<diagnostic> sorted() const;
    /// "file:line:col: error[rule]: text", without the place when it is the file as a whole.
    std::string format(const diagnostic& entry) const;

    /// Key paths that readers asked for, such as "sites.*.location" or "listen[].port".
    const std::set<std::string>& known_keys() const { return known_keys_; }
    void note_key(std::string path) { known_keys_.insert(std::move(path)); }

  private:
    void add(diagnostic entry);

    std::string file_;
    std::vector<diagnostic> found_;
    std::size_t errors_ = 0;
    std::size_t warnings_ = 0;
    std::set<std::string> known_keys_;
};

/// The candidate that a typing mistake of at most two letters (one for short words; a swap
/// of neighbours is one) turns into
/// `word`; empty when none is near. The first of several equally near ones wins.
std::string_view near_match(std::string_view word, const std::vector<std::string_view>& candidates);

/// Text made safe to print inside a message: cut to 60 bytes, control bytes as \xNN.
std::string printable(std::string_view text);

}  // namespace sipha::geo::yaml
