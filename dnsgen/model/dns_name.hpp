#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipha::dnsgen {

/// Limits of RFC 1035 section 2.3.4, in octets.
inline constexpr std::size_t max_label = 63;
inline constexpr std::size_t max_wire_name = 255;

/// An absolute domain name in lower case, made of letters, digits, '-' and '_' only.
///
/// The alphabet is what host and service names need (RFC 1123 section 2.1, RFC 2782); nothing in it
/// means anything to any file format, so a name is safe to write wherever a name may stand.
class dns_name {
  public:
    /// The root.
    dns_name() = default;

    /// Parses "ams1", "a.example" or "a.example."; "." is the root.
    /// @param text a final dot makes the name absolute, otherwise `origin` is appended.
    /// @returns nothing for an empty label, a label over 63 or a name over 255 octets, another
    /// character, or a label that begins or ends with '-'.
    static std::optional<dns_name> parse(std::string_view text, const dns_name& origin);
    static std::optional<dns_name> parse_absolute(std::string_view text);

    bool is_root() const { return labels_.empty(); }
    std::size_t label_count() const { return labels_.size(); }
    /// The labels, leftmost first.
    const std::vector<std::string>& labels() const { return labels_; }
    /// Whether the name is `ancestor` or below it.
    bool is_within(const dns_name& ancestor) const;
    /// Absolute, with the final dot.
    std::string to_text() const;
    /// Uncompressed wire form, RFC 1035 section 3.1.
    std::vector<std::uint8_t> to_wire() const;

    friend bool operator==(const dns_name&, const dns_name&) = default;
    /// Canonical order, RFC 4034 section 6.1: by label from the root.
    friend std::strong_ordering operator<=>(const dns_name& left, const dns_name& right);

  private:
    std::vector<std::string> labels_;
};

}  // namespace sipha::dnsgen
