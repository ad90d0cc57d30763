#include "proxy/sip/values.hpp"

#include <algorithm>
#include <utility>

#include "proxy/sip/cursor.hpp"
#include "proxy/sip/text.hpp"

namespace sipha::sip {

namespace {

constexpr std::size_t npos = std::string_view::npos;

/// @param text starts with "(". @returns the position behind the comment, npos when it never ends.
std::size_t end_of_comment(std::string_view text) {
    std::size_t depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == '(') {
            ++depth;
        } else if (text[i] == ')' && --depth == 0) {
            return i + 1;
        }
    }
    return npos;
}

/// Position behind the unit at `at`: one character, or a whole quoted string, bracket or comment.
std::size_t end_of_unit(std::string_view text, std::size_t at) {
    const auto rest = text.substr(at);
    std::size_t size = 1;
    if (rest.front() == '"') {
        size = end_of_quoted_string(rest);
    } else if (rest.front() == '<') {
        const auto close = rest.find('>');
        size = close == npos ? npos : close + 1;
    } else if (rest.front() == '(' && (at == 0 || is_lws(text[at - 1]))) {
        size = end_of_comment(rest);
    }
    return size == npos ? text.size() : at + size;
}

}  // namespace

std::optional<std::string_view> next_value(std::string_view& rest) {
    if (trim_lws(rest).empty()) {
        rest = {};
        return std::nullopt;
    }
    if (rest.find(',') == npos) {
        return trim_lws(std::exchange(rest, {}));  // one value, as most fields have
    }
    auto end = char_class::span_until(rest, char_class::list_mark);
    while (end < rest.size() && rest[end] != ',') {
        end = end_of_unit(rest, end);
        end += char_class::span_until(rest.substr(end), char_class::list_mark);
    }
    const auto value = trim_lws(rest.substr(0, end));
    rest.remove_prefix(std::min(rest.size(), end + 1));
    return value;
}

value_range::iterator::iterator(const message& whole, header_id id) : whole_(&whole), id_(id) {
    const auto* const first = whole.find(id);
    if (first != nullptr) {
        index_ = static_cast<std::size_t>(first - whole.headers().data());
        rest_ = first->value;
        find_value();
    }
}

value_range::iterator& value_range::iterator::operator++() {
    find_value();
    return *this;
}

void value_range::iterator::find_value() {
    value_ = next_value(rest_);
    const auto fields = whole_->headers();
    while (!value_ && ++index_ < fields.size()) {
        if (fields[index_].id == id_) {
            rest_ = fields[index_].value;
            value_ = next_value(rest_);
        }
    }
}

std::optional<std::string_view> first_value(const message& whole, header_id id) {
    const value_range::iterator first(whole, id);
    return first == value_range::iterator{} ? std::nullopt : std::optional(*first);
}

}  // namespace sipha::sip
