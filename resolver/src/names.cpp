#include "resolver/src/names.hpp"

#include <algorithm>

#include "resolver/src/idna.hpp"

namespace sipha::resolver::detail {

bool equals_ignoring_case(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) {
        return to_lower(a) == to_lower(b);
    });
}

bool is_usable_label(std::string_view label) {
    return !label.empty() && label.size() <= max_label_length &&
           std::all_of(label.begin(), label.end(), [](char letter) {
               const char lower = to_lower(letter);
               return (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') ||
                      lower == '-' || lower == '_';
           });
}

std::optional<std::string> normalise_name(std::string_view text) {
    // Any octet beyond ASCII: a name of another script, asked as A-labels (RFC 5890 2.3.2.1).
    const bool is_ascii =
        std::all_of(text.begin(), text.end(), [](char letter) { return (letter & 0x80) == 0; });
    std::optional<std::string> labels;
    if (!is_ascii && text.size() <= max_unicode_length) {
        labels = to_a_labels(text);
        text = labels ? std::string_view(*labels) : std::string_view();
    }
    if (text.ends_with('.')) {
        text.remove_suffix(1);
    }
    if (text.empty() || text.size() > max_name_length) {
        return std::nullopt;
    }
    for (auto rest = text;;) {
        const auto dot = rest.find('.');
        if (!is_usable_label(rest.substr(0, dot))) {
            return std::nullopt;
        }
        if (dot == std::string_view::npos) {
            break;
        }
        rest.remove_prefix(dot + 1);
    }
    std::string normal(text);
    std::transform(normal.begin(), normal.end(), normal.begin(), to_lower);
    return normal;
}

special_name special_use(std::string_view name) {
    const auto last = name.substr(name.rfind('.') + 1);
    if (last == "localhost") {
        return special_name::localhost;
    }
    if (last == "invalid") {
        return special_name::invalid;
    }
    const bool is_foreign = last == "onion" || last == "local" || last == "alt";
    return is_foreign ? special_name::foreign : special_name::none;
}

}  // namespace sipha::resolver::detail
