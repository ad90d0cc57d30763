#include "proxy/config/changes.hpp"

#include <algorithm>
#include <array>

namespace sipha::config {

namespace {

constexpr std::array<std::string_view, 12> live{
    "auth.users_file",
    "cluster.ack_limit",
    "cluster.register_ack",
    "inbound",
    "keepalive",
    "limits.bindings",
    "limits.transactions",
    "log.level",
    "operation",
    "registrar",
    "trusted",
    "upstream",
};

/// One text for a whole subtree; quoting keeps different trees different.
void append(std::string& out, const geo::yaml::node& value) {
    switch (value.type()) {
        case geo::yaml::kind::sequence:
            out += '[';
            for (std::size_t i = 0; i < value.size(); ++i) {
                append(out, value.item(i));
                out += ',';
            }
            out += ']';
            break;
        case geo::yaml::kind::mapping:
            out += '{';
            for (std::size_t i = 0; i < value.size(); ++i) {
                append(out, value.key(i));
                out += ':';
                append(out, value.item(i));
                out += ',';
            }
            out += '}';
            break;
        case geo::yaml::kind::scalar:
            out += std::to_string(value.text().size());
            out += '"';
            out += value.text();
            break;
        case geo::yaml::kind::absent:
        case geo::yaml::kind::null:
            out += '~';
            break;
    }
}

std::string text_of(const geo::yaml::node& value) {
    std::string out;
    append(out, value);
    return out;
}

bool is_live(std::string_view key) {
    return std::any_of(live.begin(), live.end(), [&](std::string_view entry) {
        return key == entry ||
               (key.starts_with(entry) && key.substr(entry.size()).starts_with('.'));
    });
}

}  // namespace

std::span<const std::string_view> live_keys() {
    return live;
}

key_values values_of(const geo::yaml::node& root) {
    key_values out;
    if (root.type() != geo::yaml::kind::mapping) {
        return out;
    }
    for (std::size_t i = 0; i < root.size(); ++i) {
        const std::string name(root.key(i).text());
        const auto section = root.item(i);
        if (section.type() != geo::yaml::kind::mapping) {
            out[name] = text_of(section);
            continue;
        }
        for (std::size_t j = 0; j < section.size(); ++j) {
            out[name + '.' + std::string(section.key(j).text())] = text_of(section.item(j));
        }
    }
    return out;
}

changed_keys compare(const key_values& before, const key_values& after) {
    changed_keys out;
    const auto note = [&](const std::string& key) {
        // A users file can replace another one, but passwords are not asked for, or no longer asked
        // for, by a reload.
        const bool replaces =
            key != "auth.users_file" || (before.contains(key) && after.contains(key));
        (is_live(key) && replaces ? out.live : out.restart).push_back(key);
    };
    auto left = before.begin();
    auto right = after.begin();
    while (left != before.end() || right != after.end()) {
        if (right == after.end() || (left != before.end() && left->first < right->first)) {
            note(left->first);
            ++left;
        } else if (left == before.end() || right->first < left->first) {
            note(right->first);
            ++right;
        } else {
            if (left->second != right->second) {
                note(left->first);
            }
            ++left;
            ++right;
        }
    }
    return out;
}

}  // namespace sipha::config
