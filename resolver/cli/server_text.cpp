#include "resolver/cli/server_text.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace sipha::resolver::cli {

std::optional<dns_server> parse_server(std::string_view text, zero_port zero) {
    dns_server server;
    auto host = text;
    std::string_view port;
    const auto close = text.find(']');
    if (text.starts_with('[') && close != std::string_view::npos) {
        host = text.substr(1, close - 1);
        port = text.substr(close + 1);
    } else if (const auto colon = text.find(':');
               colon != std::string_view::npos && colon == text.rfind(':')) {
        host = text.substr(0, colon);
        port = text.substr(colon);
    }
    const auto ip = address::parse(host);
    if (!ip) {
        return std::nullopt;
    }
    server.ip = *ip;
    if (!port.empty()) {
        const auto* end = port.data() + port.size();
        const auto [stop, error] = std::from_chars(port.data() + 1, end, server.port);
        if (port.front() != ':' || error != std::errc{} || stop != end ||
            (server.port == 0 && zero == zero_port::refused)) {
            return std::nullopt;
        }
    }
    return server;
}

std::vector<dns_server> servers_of_resolv_conf(std::string_view text) {
    constexpr std::string_view blanks = " \t\r";
    constexpr std::string_view keyword = "nameserver";
    std::vector<dns_server> servers;
    while (!text.empty() && servers.size() < max_system_servers) {
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (!line.starts_with(keyword)) {
            continue;
        }
        line.remove_prefix(keyword.size());
        const auto first = line.find_first_not_of(blanks);
        if (first == 0 || first == std::string_view::npos) {
            continue;
        }
        line = line.substr(first);
        const auto word = line.substr(0, line.find_first_of(blanks));
        if (const auto ip = address::parse(word)) {
            servers.push_back({*ip, 53});
        }
    }
    return servers;
}

}  // namespace sipha::resolver::cli
