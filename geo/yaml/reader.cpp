#include "geo/yaml/reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace sipha::geo::yaml {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t longest_number = 32;

struct unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array<unit, 5> duration_units{
    {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
constexpr std::array<unit, 4> size_units{
    {{"B", 1}, {"KiB", 1U << 10}, {"MiB", 1U << 20}, {"GiB", 1U << 30}}};

bool is_digit(char letter) {
    return letter >= '0' && letter <= '9';
}

/// Plain decimal digits without a leading zero; nothing else and nothing above 64 bits.
std::optional<std::uint64_t> decimal(std::string_view text) {
    std::uint64_t number = 0;
    if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit) ||
        (text.size() > 1 && text[0] == '0')) {
        return std::nullopt;
    }
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

/// A decimal number and one of the units; nothing on any other form or above 63 bits.
template <std::size_t Count>
std::optional<std::uint64_t> with_unit(
    std::string_view text, const std::array<unit, Count>& units
) {
    const auto split = static_cast<std::size_t>(
        std::find_if_not(text.begin(), text.end(), is_digit) - text.begin()
    );
    const auto number = decimal(text.substr(0, split));
    const auto found = std::find_if(units.begin(), units.end(), [&](const unit& candidate) {
        return candidate.name == text.substr(split);
    });
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (!number || found == units.end() || *number > most / found->factor) {
        return std::nullopt;
    }
    return *number * found->factor;
}

/// The shortest way to write a number with a unit that divides it.
template <std::size_t Count>
std::string to_text(std::uint64_t number, const std::array<unit, Count>& units) {
    const auto* best = &units[0];
    for (const auto& candidate : units) {
        if (number != 0 && number % candidate.factor == 0) {
            best = &candidate;
        }
    }
    return std::to_string(number / best->factor) + std::string(best->name);
}

std::string shortest(double number) {
    char buffer[40];
    const auto [end, problem] = std::to_chars(buffer, buffer + sizeof buffer, number);
    return problem == std::errc{} ? std::string(buffer, end) : std::string();
}

bool is_bool_like(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
    });
    constexpr std::string_view words[] = {"y", "n", "yes", "no", "on", "off", "true", "false"};
    return std::find(std::begin(words), std::end(words), lower) != std::end(words);
}

std::string join(const std::vector<std::string_view>& words) {
    std::string result;
    for (const auto word : words) {
        result += result.empty() ? "" : ", ";
        result += word;
    }
    return result;
}

std::string quoted(std::string_view text) {
    return "'" + printable(text) + "'";
}

}  // namespace

void value::error(std::string_view rule, std::string_view text) const {
    std::string message;
    if (!path_.empty()) {
        message = path_ + ": ";
    }
    message += text;
    diag_->error(at(), rule, std::move(message));
}

std::optional<std::string_view> value::scalar() const {
    switch (source_.type()) {
        case kind::scalar:
            return source_.text();
        case kind::null:
            error(rule::wrong_kind, "has no value; write one or remove the key");
            return std::nullopt;
        case kind::sequence:
            error(rule::wrong_kind, "is a list; write a single value");
            return std::nullopt;
        case kind::mapping:
            error(rule::wrong_kind, "is a mapping; write a single value");
            return std::nullopt;
        case kind::absent:
            break;
    }
    return std::nullopt;
}

void value::report_form(std::string_view text, std::string_view expected) const {
    error(rule::form, quoted(text) + " is not understood; write " + std::string(expected));
}

bool value::is_list(std::size_t most) const {
    if (!is_present()) {
        return false;
    }
    if (source_.type() != kind::sequence) {
        error(rule::wrong_kind, "is not a list; write it as [a, b] or with '- ' lines");
        return false;
    }
    if (source_.size() > most) {
        error(rule::limit, "has more than " + std::to_string(most) + " items; shorten the list");
        return false;
    }
    return true;
}

bool value::is_map(std::size_t most) const {
    if (!is_present()) {
        return false;
    }
    if (source_.type() != kind::mapping) {
        error(rule::wrong_kind, "is not a mapping; write it as 'name: value' lines");
        return false;
    }
    if (source_.size() > most) {
        error(rule::limit, "has more than " + std::to_string(most) + " entries; remove some");
        return false;
    }
    return true;
}

std::optional<std::uint64_t> value::read_integer(std::uint64_t least, std::uint64_t most) const {
    const auto text = scalar();
    if (!text) {
        return std::nullopt;
    }
    const auto limits = std::to_string(least) + " to " + std::to_string(most);
    const bool is_digits = !text->empty() && std::all_of(text->begin(), text->end(), is_digit);
    if (source_.is_quoted() || !is_digits || (text->size() > 1 && (*text)[0] == '0')) {
        error(
            rule::integer_form,
            quoted(*text) + " is not a plain decimal number; write " + limits +
                " without quotes, sign, leading zero or point"
        );
        return std::nullopt;
    }
    const auto number = decimal(*text);
    if (!number || *number < least || *number > most) {
        error(rule::range, printable(*text) + " is out of range; give " + limits);
        return std::nullopt;
    }
    return number;
}

std::optional<double> value::read_real(double least, double most, std::string_view range_rule)
    const {
    const auto text = scalar();
    if (!text) {
        return std::nullopt;
    }
    const auto digits = text->substr(!text->empty() && (*text)[0] == '-' ? 1 : 0);
    const auto point = digits.find('.');
    const auto whole = digits.substr(0, point);
    const auto fraction =
        point == std::string_view::npos ? std::string_view("0") : digits.substr(point + 1);
    const auto is_all_digits = [](std::string_view part) {
        return !part.empty() && std::all_of(part.begin(), part.end(), is_digit);
    };
    double number = 0;
    if (source_.is_quoted() || text->size() > longest_number || !is_all_digits(whole) ||
        !is_all_digits(fraction) ||
        std::from_chars(text->data(), text->data() + text->size(), number).ec != std::errc{}) {
        error(rule::form, quoted(*text) + " is not a number; write one such as 52.37 or -74");
        return std::nullopt;
    }
    if (number < least || number > most) {
        error(
            range_rule,
            printable(*text) + " is out of range; give " + shortest(least) + " to " + shortest(most)
        );
        return std::nullopt;
    }
    return number;
}

std::optional<bool> value::read_boolean() const {
    const auto text = scalar();
    if (!text) {
        return std::nullopt;
    }
    if (source_.is_quoted() || (*text != "true" && *text != "false")) {
        report_form(*text, "true or false");
        return std::nullopt;
    }
    return *text == "true";
}

std::optional<std::string> value::read_string(std::size_t most, allow_empty empty) const {
    const auto text = scalar();
    if (!text) {
        return std::nullopt;
    }
    if (!source_.is_quoted() && is_bool_like(*text)) {
        error(rule::bool_like, quoted(*text) + " could mean true or false; quote it");
        return std::nullopt;
    }
    if (text->empty() && empty == allow_empty::no) {
        error(rule::form, "is empty; write a text or remove the key");
        return std::nullopt;
    }
    if (text->size() > most) {
        error(rule::range, "is longer than " + std::to_string(most) + " bytes; shorten it");
        return std::nullopt;
    }
    if (text->find_first_of("\n\t") != std::string_view::npos) {
        error(rule::form, "contains a line end or tab; write it as one line");
        return std::nullopt;
    }
    return std::string(*text);
}

std::optional<milliseconds> value::read_duration(
    milliseconds least, milliseconds most, milliseconds unit_size
) const {
    const auto text = scalar();
    if (!text) {
        return std::nullopt;
    }
    const auto number = with_unit(*text, duration_units);
    if (!number) {
        report_form(*text, "a number and a unit ms, s, m, h or d, such as 30s");
        return std::nullopt;
    }
    const milliseconds read(static_cast<std::int64_t>(*number));
    if (read < least || read > most) {
        const auto name = [](milliseconds limit) {
            return to_text(static_cast<std::uint64_t>(limit.count()), duration_units);
        };
        error(
            rule::range,
            printable(*text) + " is out of range; give " + name(least) + " to " + name(most)
        );
        return std::nullopt;
    }
    if (read % unit_size != milliseconds::zero()) {
        const auto name = to_text(static_cast<std::uint64_t>(unit_size.count()), duration_units);
        error(rule::form, printable(*text) + " is too fine; give a multiple of " + name);
        return std::nullopt;
    }
    return read;
}

std::optional<std::uint64_t> value::read_size(std::uint64_t least, std::uint64_t most) const {
    const auto text = scalar();
    if (!text) {
        return std::nullopt;
    }
    const auto number = with_unit(*text, size_units);
    if (!number) {
        report_form(*text, "a number and a unit B, KiB, MiB or GiB, such as 64KiB");
        return std::nullopt;
    }
    if (*number < least || *number > most) {
        error(
            rule::range,
            printable(*text) + " is out of range; give " + to_text(least, size_units) + " to " +
                to_text(most, size_units)
        );
        return std::nullopt;
    }
    return number;
}

std::optional<ip_address> value::read_address() const {
    std::optional<ip_address> result;
    parsed(result, ip_address::parse, "an address such as 192.0.2.1 or 2001:db8::1");
    return result;
}

std::optional<ip_prefix> value::read_prefix() const {
    const auto text = scalar();
    if (!text) {
        return std::nullopt;
    }
    if (const auto made = ip_prefix::parse(*text)) {
        return made;
    }
    const auto slash = text->find('/');
    const auto network = ip_address::parse(text->substr(0, slash));
    const auto length =
        decimal(slash == std::string_view::npos ? "" : text->substr(slash + 1)).value_or(999);
    if (network && length <= 8 * network->bytes().size()) {
        error(
            rule::host_bits,
            quoted(*text) + " has bits set beyond the prefix length; clear them or lengthen it"
        );
    } else {
        report_form(*text, "a network such as 192.0.2.0/24 or 2001:db8::/32");
    }
    return std::nullopt;
}

std::optional<std::size_t> value::read_word(const std::vector<std::string_view>& words) const {
    const auto text = scalar();
    if (!text) {
        return std::nullopt;
    }
    const auto found = std::find(words.begin(), words.end(), *text);
    if (found != words.end()) {
        return static_cast<std::size_t>(found - words.begin());
    }
    auto message = quoted(*text) + " is not one of " + join(words);
    const auto near = near_match(*text, words);
    message += near.empty() ? "; use one of them" : "; did you mean '" + std::string(near) + "'?";
    error(rule::form, message);
    return std::nullopt;
}

object::object(value source) : source_(std::move(source)) {
    if (source_.is_present() && source_.source().type() != kind::mapping) {
        source_.error(rule::wrong_kind, "is not a mapping; write it as 'key: value' lines");
    }
}

value object::read(std::string_view key) {
    auto path = source_.path().empty() ? std::string(key) : source_.path() + "." + std::string(key);
    keys_.emplace_back(key);
    diag().note_key(path);
    return {source_.source().find(key), diag(), std::move(path)};
}

value object::required(std::string_view key) {
    auto result = read(key);
    // Without a mapping there was one error already; its missing keys would only repeat it.
    if (!result.is_present() && source_.source().type() == kind::mapping &&
        !source_.source().has_key(key)) {
        source_.error(
            rule::missing_key,
            "key '" + std::string(key) + "' is missing; add '" + std::string(key) + ": ...'"
        );
    }
    return result;
}

value object::optional(std::string_view key) {
    return read(key);
}

void object::finish() {
    if (std::exchange(is_finished_, true) || source_.source().type() != kind::mapping) {
        return;
    }
    const std::vector<std::string_view> known(keys_.begin(), keys_.end());
    for (std::size_t index = 0; index < source_.source().size(); ++index) {
        const auto key = source_.source().key(index);
        if (key.type() != kind::scalar || (key.text() == "<<" && !key.is_quoted()) ||
            std::find(known.begin(), known.end(), key.text()) != known.end()) {
            continue;
        }
        const auto near = near_match(key.text(), known);
        auto message = "unknown key " + quoted(key.text());
        message += near.empty() ? "; known here: " + join(known)
                                : "; did you mean '" + std::string(near) + "'?";
        diag().error(key.at(), rule::unknown_key, std::move(message));
    }
}

}  // namespace sipha::geo::yaml
