#include "proxy/sip/parameters.hpp"

#include "proxy/sip/cursor.hpp"
#include "proxy/sip/text.hpp"
#include "proxy/sip/uri_text.hpp"

namespace sipha::sip {

namespace {

bool is_plain_value_char(char c) {
    return !is_control(c) && !is_utf8_octet(c) && c != ' ' && c != ',' && c != ';' && c != '<' &&
           c != '>' && c != '"';
}

std::string_view take_plain_value(cursor& at) {
    const auto rest = at.rest();
    std::size_t size = 0;
    while (size < rest.size() && is_plain_value_char(rest[size])) {
        ++size;
    }
    return at.take(size);
}

std::size_t find_end_of_word(std::string_view text, std::string_view stops) {
    std::size_t size = 0;
    while (size < text.size() && !is_lws(text[size]) &&
           stops.find(text[size]) == std::string_view::npos) {
        ++size;
    }
    return size;
}

}  // namespace

std::optional<parameter> next_parameter(std::string_view& rest) {
    cursor at(rest);
    at.accept_separator(';');
    if (at.at_end()) {
        rest = {};
        return std::nullopt;
    }
    parameter found;
    const char* const begin = at.rest().data();
    found.name = at.take(find_end_of_word(at.rest(), ";="));
    const char* end = at.rest().data();
    auto behind_name = at;
    if (behind_name.accept_separator('=')) {
        at = behind_name;
        found.has_value = true;
        if (const auto quoted = at.take_quoted_string()) {
            found.value = quoted->substr(1, quoted->size() - 2);
        } else {
            found.value = at.take(find_end_of_word(at.rest(), ";"));
        }
        end = at.rest().data();
    }
    found.raw = std::string_view(begin, static_cast<std::size_t>(end - begin));
    // Whatever stands before the next separator is no parameter.
    const auto next = at.rest().find(';');
    rest = next == std::string_view::npos ? std::string_view{} : at.rest().substr(next);
    return found;
}

std::optional<std::string_view> parameters::value(std::string_view name) const {
    auto rest = raw;
    while (const auto one = next_parameter(rest)) {
        if (equal_ignoring_case(one->name, name)) {
            return one->value;
        }
    }
    return std::nullopt;
}

std::optional<std::size_t> count_header_parameters(std::string_view raw) {
    cursor at(raw);
    for (std::size_t count = 0;; ++count) {
        at.skip_lws();
        if (at.at_end()) {
            return count;
        }
        if (count == max_parameters || !at.accept_separator(';') || at.take_token().empty()) {
            return std::nullopt;
        }
        auto behind_name = at;
        if (behind_name.accept_separator('=')) {
            at = behind_name;
            if (!at.take_quoted_string() && take_plain_value(at).empty()) {
                return std::nullopt;
            }
        }
    }
}

bool are_uri_parameters(std::string_view raw) {
    std::size_t count = 0;
    while (!raw.empty()) {
        if (count++ == max_parameters || raw.front() != ';') {
            return false;
        }
        raw.remove_prefix(1);
        const auto one = raw.substr(0, raw.find(';'));
        raw.remove_prefix(one.size());
        const auto equals = one.find('=');
        const auto name = one.substr(0, equals);
        if (name.empty() || !is_uri_text(name, uri_part::parameter)) {
            return false;
        }
        if (equals != std::string_view::npos) {
            const auto value = one.substr(equals + 1);
            if (value.empty() || !is_uri_text(value, uri_part::parameter)) {
                return false;
            }
        }
    }
    return true;
}

}  // namespace sipha::sip
