#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "geo/yaml/diagnostics.hpp"

namespace sipha::geo::yaml {

/// Limits on a file; beyond them it is refused, never partly read.
inline constexpr std::size_t max_file_size = 1024 * 1024;
inline constexpr std::size_t max_depth = 32;
inline constexpr std::size_t max_nodes = 100'000;

/// Rule ids of what this reader finds by itself; the programs add their own.
namespace rule {
inline constexpr std::string_view duplicate_key = "L001";
inline constexpr std::string_view unknown_key = "L002";
inline constexpr std::string_view wrong_kind = "L003";
inline constexpr std::string_view merge_key = "L004";
inline constexpr std::string_view alias = "L005";
inline constexpr std::string_view documents = "L006";
inline constexpr std::string_view bytes = "L007";
inline constexpr std::string_view integer_form = "L008";
inline constexpr std::string_view bool_like = "L009";
inline constexpr std::string_view range = "L010";
inline constexpr std::string_view host_bits = "L057";
inline constexpr std::string_view location = "L062";
inline constexpr std::string_view missing_key = "L090";
inline constexpr std::string_view syntax = "L091";
inline constexpr std::string_view limit = "L092";
inline constexpr std::string_view tag = "L093";
inline constexpr std::string_view form = "L094";
inline constexpr std::string_view unreadable = "L095";
}  // namespace rule

enum class kind : std::uint8_t { absent, null, scalar, sequence, mapping };

namespace detail {
struct tree_node {
    kind type = kind::absent;
    bool is_quoted = false;
    position at;
    std::string text;
    /// Sequence: the items. Mapping: key, value, key, value, in file order.
    std::vector<std::unique_ptr<tree_node>> children;
};
}  // namespace detail

/// One value of a document: a small handle that is valid as long as its document.
class node {
  public:
    node() = default;
    explicit node(const detail::tree_node* tree) : tree_(tree) {}

    kind type() const { return tree_ == nullptr ? kind::absent : tree_->type; }
    bool is_present() const { return type() != kind::absent; }
    position at() const { return tree_ == nullptr ? position{} : tree_->at; }
    /// The text of a scalar after unquoting; empty for everything else.
    std::string_view text() const { return tree_ == nullptr ? std::string_view{} : tree_->text; }
    /// Whether a scalar was written in quotes or as a block.
    bool is_quoted() const { return tree_ != nullptr && tree_->is_quoted; }

    /// Items of a sequence, or entries of a mapping.
    std::size_t size() const;
    /// @param index below `size()`; an item of a sequence or the value of a mapping's entry.
    node item(std::size_t index) const;
    /// @param index below `size()`; the key of a mapping's entry, a scalar.
    node key(std::size_t index) const;
    /// The value of a mapping's key, or an absent node.
    node find(std::string_view key) const;
    /// Whether a mapping has the key, even with a value that was refused.
    bool has_key(std::string_view key) const;

  private:
    std::optional<std::size_t> index_of(std::string_view key) const;

    const detail::tree_node* tree_ = nullptr;
};

/// One YAML file as a tree in which every value knows its place, and what is wrong with it.
///
/// The accepted language is small on purpose: one document, UTF-8, no control characters, no
/// anchors, aliases, merge keys or tags, no duplicate keys, at most `max_depth` levels.
class document {
  public:
    /// The absent node when the file cannot be used; reading it reports nothing further.
    node root() const { return node(root_.get()); }
    diagnostics& diag() { return diag_; }
    const diagnostics& diag() const { return diag_; }
    /// False when the file could not be read at all (missing, no permission, not a file).
    bool was_read() const { return was_read_; }

  private:
    friend document parse(std::string_view text, std::string file_name);
    friend document load(const std::string& path);
    explicit document(std::string file_name) : diag_(std::move(file_name)) {}

    std::unique_ptr<detail::tree_node> root_;
    diagnostics diag_;
    bool was_read_ = true;
};

/// Parses a text; never throws on its content. Errors are in `diag()` of the result.
/// @param file_name printed in the messages.
document parse(std::string_view text, std::string file_name);

/// Reads and parses a regular file of at most `max_file_size` bytes.
document load(const std::string& path);

}  // namespace sipha::geo::yaml
