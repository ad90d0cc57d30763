#include "resolver/src/resolv_conf.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace sipha::resolver::detail {
namespace {

constexpr std::string_view blanks = " \t\r";
constexpr std::size_t max_zone_length = 15;  ///< names of interfaces are no longer

/// Takes the next word off the front of a line. @returns "" at its end.
std::string_view take_word(std::string_view& line) {
    line.remove_prefix(std::min(line.size(), line.find_first_not_of(blanks)));
    const auto word = line.substr(0, line.find_first_of(blanks));
    line.remove_prefix(word.size());
    return word;
}

/// "192.0.2.1", "2001:db8::1", "fe80::1%eth0".
std::optional<dns_server> parse_server(std::string_view word) {
    const auto percent = word.find('%');
    const auto ip = address::parse(word.substr(0, percent));
    if (!ip) {
        return std::nullopt;
    }
    dns_server server{*ip};
    if (percent != std::string_view::npos) {
        const auto zone = word.substr(percent + 1);
        if (zone.empty() || zone.size() > max_zone_length || ip->family() == address_family::v4) {
            return std::nullopt;
        }
        server.zone = zone;
    }
    return server;
}

}  // namespace

resolv_conf parse_resolv_conf(std::string_view text) {
    resolv_conf out;
    text = text.substr(0, max_resolv_conf_bytes);
    while (!text.empty()) {
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        // Comments start a line or follow a blank; an address holds neither sign.
        line = line.substr(0, line.find_first_of("#;"));
        const auto keyword = take_word(line);
        if (keyword == "nameserver") {
            auto server = parse_server(take_word(line));
            if (!server || out.servers.size() >= max_system_servers) {
                ++out.ignored_servers;
            } else if (std::find(out.servers.begin(), out.servers.end(), *server) == out.servers.end()) {
                out.servers.push_back(std::move(*server));
            }
        } else if (keyword == "options") {
            for (auto word = take_word(line); !word.empty(); word = take_word(line)) {
                out.trust = word == "trust-ad" ? ad_trust::yes : out.trust;
            }
        }
    }
    if (out.servers.empty()) {
        out.servers.push_back({*address::parse("127.0.0.1")});
    }
    return out;
}

}  // namespace sipha::resolver::detail
