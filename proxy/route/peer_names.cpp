#include "proxy/route/peer_names.hpp"

#include <algorithm>
#include <iterator>

#include <sipha/geo/ip.hpp>

#include "proxy/sip/uri.hpp"

namespace sipha::route {

std::uint16_t peer_names::number_of(timing::time_point now, std::string_view uri) {
    const auto parsed = sip::parse_uri(uri);
    if (!parsed || geo::ip_address::parse(parsed->host)) {
        return 0;
    }
    std::string domain(parsed->host);
    std::transform(domain.begin(), domain.end(), domain.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (const auto known = numbers_.find(domain); known != numbers_.end()) {
        known->second.last = now;
        return known->second.number;
    }
    auto number = static_cast<std::uint16_t>(numbers_.size() + 1);
    if (numbers_.size() == capacity) {
        const auto oldest =
            std::min_element(numbers_.begin(), numbers_.end(), [](const auto& a, const auto& b) {
                return a.second.last < b.second.last;
            });
        if (now - oldest->second.last < kept) {
            return 0;
        }
        number = oldest->second.number;
        numbers_.erase(oldest);
    }
    new_.push_back({number, domain});
    numbers_.emplace(std::move(domain), use{number, now});
    return number;
}

void peer_names::take_new(std::vector<peer_name>& out) {
    if (!new_.empty()) {
        std::move(new_.begin(), new_.end(), std::back_inserter(out));
        new_.clear();
    }
}

}  // namespace sipha::route
