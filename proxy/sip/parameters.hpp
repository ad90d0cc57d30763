#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace sipha::sip {

/// Parameters one header value or URI may have; more make the value malformed. The limit keeps
/// comparisons of two lists, which look each name up in the other, cheap.
inline constexpr std::size_t max_parameters = 64;

/// One `;name=value`.
struct parameter {
    std::string_view name;
    std::string_view value;  ///< a quoted value without its outer quotes, escapes left inside
    bool has_value = false;
    std::string_view raw;  ///< from the name to the end of the value, quotes included
};

/// Cuts the next parameter off the front of ";a=b;c". Total: any bytes end in finitely many steps.
/// @returns nothing at the end.
std::optional<parameter> next_parameter(std::string_view& rest);

/// A list of parameters as it stands in the message, read each time it is asked.
struct parameters {
    std::string_view raw;  ///< ";a=b;c", or empty

    /// The first value of this name, compared without case; empty when it has none.
    /// @returns nothing when the name does not occur.
    std::optional<std::string_view> value(std::string_view name) const;
    bool has(std::string_view name) const { return value(name).has_value(); }

    class iterator {
      public:
        iterator() = default;
        explicit iterator(std::string_view rest) : rest_(rest) { ++*this; }
        const parameter& operator*() const { return *current_; }
        const parameter* operator->() const { return &*current_; }
        iterator& operator++() {
            current_ = next_parameter(rest_);
            return *this;
        }
        bool operator==(const iterator& other) const {
            return current_.has_value() == other.current_.has_value() &&
                   (!current_ || current_->raw.data() == other.current_->raw.data());
        }

      private:
        std::string_view rest_;
        std::optional<parameter> current_;
    };
    iterator begin() const { return iterator(raw); }
    iterator end() const { return {}; }
};

/// How many parameters `raw` has, when it is *( SEMI generic-param ) (RFC 3261 25.1) within
/// `max_parameters`; LWS may stand around the separators and at the end. Unquoted values may hold
/// any visible ASCII but the separators , ; < > and the quote, because deployed user agents do not
/// keep to `token`.
std::optional<std::size_t> count_header_parameters(std::string_view raw);
inline bool are_header_parameters(std::string_view raw) {
    return count_header_parameters(raw).has_value();
}
/// True when `raw` is *( ";" uri-parameter ) (RFC 3261 19.1.1, 25.1) within `max_parameters`.
bool are_uri_parameters(std::string_view raw);

}  // namespace sipha::sip
