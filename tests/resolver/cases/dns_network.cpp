#include "tests/resolver/cases/dns_network.hpp"

#include <algorithm>

namespace sipha::resolver::test::cases {

void dns_network::set_content(const zone_text& text) {
    records_ = zone(text.records);
    late_ = text.late;
}

void dns_network::use_servers(std::span<const dns_server>) {
    travelling_.clear();
    arrivals_.clear();
}

void dns_network::send(time_point now, dns_packet packet) {
    auto how = servers_.at(packet.server);
    how.how = mood_ == manner::honest ? how.how : mood_;
    const auto asked = question_of(packet.message);
    if (packet.over == dns_protocol::tcp && how.tcp == tcp_use::closed) {
        const auto id = static_cast<std::uint16_t>(packet.message[0] << 8 | packet.message[1]);
        const auto refused = std::make_error_code(std::errc::connection_refused);
        travelling_.push_back({now + how.delay, {packet.server, packet.over, {}, refused, id}});
        return;
    }
    queries_.push_back({asked, packet.server, packet.over});
    const auto late = late_.find(asked);
    const auto more = late == late_.end() ? std::chrono::milliseconds(0) : late->second;
    auto replies = answers_to(packet.message, packet.over, how, records_);
    for (std::size_t index = 0; index < replies.size(); ++index) {
        const bool is_true = index + 1 == replies.size();
        // Nobody asked the server after the last one.
        const auto from = !is_true && how.forges_source ? servers_.size() : packet.server;
        travelling_.push_back(
            {is_true ? now + how.delay + more : now,
             {from, packet.over, std::move(replies[index]), {}, 0}}
        );
    }
}

time_point dns_network::next_deadline() const {
    auto next = never;
    for (const auto& item : travelling_) {
        next = std::min(next, item.due);
    }
    return next;
}

void dns_network::process(time_point now) {
    const auto is_due = [now](const travelling& item) { return item.due <= now; };
    for (auto& item : travelling_) {
        if (is_due(item)) {
            arrivals_.push_back(std::move(item.arrival));
        }
    }
    std::erase_if(travelling_, is_due);
}

}  // namespace sipha::resolver::test::cases
