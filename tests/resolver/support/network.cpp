#include "tests/resolver/support/network.hpp"

#include <algorithm>

namespace sipha::resolver::test {

void memory_network::use_servers(std::span<const dns_server>) {
    travelling_.clear();
    arrivals_.clear();
}

void memory_network::send(time_point now, dns_packet packet) {
    sent.push_back(packet);
    const auto id = static_cast<std::uint16_t>(packet.message.at(0) << 8 | packet.message.at(1));
    const dns_arrival blank{packet.server, packet.over, {}, {}, id};
    if (packet.server >= servers.size() || servers[packet.server].is_unreachable) {
        travelling_.push_back({now, blank});
        travelling_.back().arrival.error = std::make_error_code(std::errc::network_unreachable);
        return;
    }
    auto& server = servers[packet.server];
    const bool is_tcp = packet.over == dns_protocol::tcp;
    if (is_tcp && server.tcp == tcp_use::closed) {
        travelling_.push_back({now + server.round_trip, blank});
        travelling_.back().arrival.error = std::make_error_code(std::errc::connection_refused);
        return;
    }
    ++(is_tcp ? server.over_tcp : server.over_udp);
    // A connection takes a round trip before the query can leave.
    const auto due = now + server.round_trip * (is_tcp ? 2 : 1);
    for (auto& message : replies_to(packet.message, server.content, server.how, packet.over)) {
        travelling_.push_back({due, {packet.server, packet.over, std::move(message), {}, 0}});
    }
}

time_point memory_network::next_deadline() const {
    auto next = never;
    for (const auto& item : travelling_) {
        next = std::min(next, item.due);
    }
    return next;
}

void memory_network::process(time_point now) {
    std::stable_sort(
        travelling_.begin(),
        travelling_.end(),
        [](const travelling& left, const travelling& right) { return left.due < right.due; }
    );
    const auto later =
        std::find_if(travelling_.begin(), travelling_.end(), [now](const travelling& item) {
            return item.due > now;
        });
    for (auto item = travelling_.begin(); item != later; ++item) {
        arrivals_.push_back(std::move(item->arrival));
    }
    travelling_.erase(travelling_.begin(), later);
}

std::vector<dns_server> places(std::size_t count) {
    std::vector<dns_server> out;
    for (std::size_t index = 1; index <= count; ++index) {
        out.push_back({*address::parse("192.0.2." + std::to_string(index)), 53});
    }
    return out;
}

}  // namespace sipha::resolver::test
