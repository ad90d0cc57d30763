#include "dnsgen/model/dns_name.hpp"

#include <algorithm>

namespace sipha::dnsgen {

namespace {

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool is_name_character(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-' ||
           letter == '_';
}

std::optional<std::string> parse_label(std::string_view text) {
    std::string label(text);
    std::transform(label.begin(), label.end(), label.begin(), lower);
    // RFC 1123 section 2.1 and RFC 952: no hyphen at either end.
    if (label.empty() || label.size() > max_label || label.front() == '-' || label.back() == '-' ||
        !std::all_of(label.begin(), label.end(), is_name_character)) {
        return std::nullopt;
    }
    return label;
}

}  // namespace

std::optional<dns_name> dns_name::parse(std::string_view text, const dns_name& origin) {
    dns_name result;
    if (text == ".") {
        return result;
    }
    const bool is_absolute = text.ends_with('.');
    if (is_absolute) {
        text.remove_suffix(1);
    }
    if (text.size() > max_wire_name) {
        return std::nullopt;
    }
    while (true) {
        const auto dot = text.find('.');
        auto label = parse_label(text.substr(0, dot));
        if (!label) {
            return std::nullopt;
        }
        result.labels_.push_back(std::move(*label));
        if (dot == std::string_view::npos) {
            break;
        }
        text.remove_prefix(dot + 1);
    }
    if (!is_absolute) {
        result.labels_.insert(result.labels_.end(), origin.labels_.begin(), origin.labels_.end());
    }
    if (result.to_wire().size() > max_wire_name) {
        return std::nullopt;
    }
    return result;
}

std::optional<dns_name> dns_name::parse_absolute(std::string_view text) {
    return parse(text, dns_name());
}

bool dns_name::is_within(const dns_name& ancestor) const {
    return labels_.size() >= ancestor.labels_.size() &&
           std::equal(ancestor.labels_.rbegin(), ancestor.labels_.rend(), labels_.rbegin());
}

std::string dns_name::to_text() const {
    std::string text;
    for (const auto& label : labels_) {
        text += label;
        text += '.';
    }
    return text.empty() ? "." : text;
}

std::vector<std::uint8_t> dns_name::to_wire() const {
    std::vector<std::uint8_t> wire;
    for (const auto& label : labels_) {
        wire.push_back(static_cast<std::uint8_t>(label.size()));
        wire.insert(wire.end(), label.begin(), label.end());
    }
    wire.push_back(0);
    return wire;
}

std::strong_ordering operator<=>(const dns_name& left, const dns_name& right) {
    return std::lexicographical_compare_three_way(
        left.labels_.rbegin(), left.labels_.rend(), right.labels_.rbegin(), right.labels_.rend()
    );
}

}  // namespace sipha::dnsgen
