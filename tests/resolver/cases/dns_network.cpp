#include "tests/resolver/cases/dns_network.hpp"

#include <algorithm>
#include <utility>

#include "resolver/src/dns_message.hpp"

namespace sipha::resolver::test::cases {

void dns_network::set_content(const zone_text& text) {
    content_ = {zone(text.records), text.late};
}

void dns_network::send(time_point now, query_id id, const question& asked) {
    const auto wire = detail::encode_query(0, asked, detail::edns_use::on);
    auto manner = servers_[0];
    queries_.push_back({asked, 0, dns_channel::udp});
    if (mood_ != dns_mood::honest) {
        manner.is_silent = mood_ == dns_mood::silent;
        manner.fails = asked.name;
        manner.rcode = 2;
    }
    auto packets = answers_to(wire, dns_channel::udp, manner, content_.records);
    if (packets.empty()) {
        travelling_.push_back({now + std::chrono::seconds(5), {id, errc::dns_timeout, {}}});
        return;
    }
    const auto late = content_.late.find(asked);
    const auto more = late == content_.late.end() ? std::chrono::milliseconds(0) : late->second;
    travelling_.push_back(
        {now + packets.back().after + more, {id, {}, std::move(packets.back().bytes)}}
    );
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
            replies_.push_back(std::move(item.reply));
        }
    }
    std::erase_if(travelling_, is_due);
}

}  // namespace sipha::resolver::test::cases
