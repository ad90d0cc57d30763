#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "proxy/sip/message.hpp"

namespace sipha::sip {

/// Cuts the first value off "a, b, c" and moves behind its comma. Commas in quoted strings, angle
/// brackets and comments separate nothing; a comment starts only behind white space, because a bare
/// URI may hold a parenthesis. A bracket or quote that never closes takes all the rest.
/// @returns nothing at the end. The value has no white space at its ends; it is empty when two
/// commas meet, which no parser accepts. A trailing comma adds no value.
std::optional<std::string_view> next_value(std::string_view& rest);

/// All values of one kind of header, over several fields and comma lists, in order (RFC 3261
/// 7.3.1). For headers whose grammar is a list: Via, Route, Record-Route, Path, Contact, Supported,
/// Require, ...; not for the Authorization family, Date or Subject.
class value_range {
  public:
    value_range(const message& whole, header_id id) : whole_(&whole), id_(id) {}

    class iterator {
      public:
        iterator() = default;
        iterator(const message& whole, header_id id);
        std::string_view operator*() const { return *value_; }
        iterator& operator++();
        /// The field that holds the current value.
        const header& field() const { return whole_->headers()[index_]; }
        bool operator==(const iterator& other) const {
            return value_.has_value() == other.value_.has_value() &&
                   (!value_ || value_->data() == other.value_->data());
        }

      private:
        void find_value();

        const message* whole_ = nullptr;
        header_id id_ = header_id::other;
        std::size_t index_ = 0;
        std::string_view rest_;
        std::optional<std::string_view> value_;
    };
    iterator begin() const { return {*whole_, id_}; }
    iterator end() const { return {}; }

  private:
    const message* whole_;
    header_id id_;
};

inline value_range values_of(const message& whole, header_id id) {
    return {whole, id};
}
/// The topmost value of this kind, or nothing.
std::optional<std::string_view> first_value(const message& whole, header_id id);

}  // namespace sipha::sip
