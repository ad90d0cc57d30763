#include "resolver/src/dns_servers.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace sipha::resolver::detail {

std::vector<std::size_t> server_health::order(time_point now) const {
    std::vector<std::size_t> all(servers_.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    std::stable_sort(all.begin(), all.end(), [this, now](std::size_t left, std::size_t right) {
        const auto rank = [this, now](std::size_t server) {
            const auto until = servers_[server].suspect_until;
            return until > now ? until : time_point{};
        };
        return rank(left) < rank(right);
    });
    return all;
}

void server_health::report_answer(std::size_t server) {
    servers_[server] = {};
}

void server_health::report_silence(time_point now, std::size_t server) {
    auto& entry = servers_[server];
    if (entry.suspect_until > now) {
        return;  // questions in flight together count once
    }
    entry.length =
        entry.length.count() == 0 ? suspect_base : std::min(entry.length * 2, suspect_cap);
    entry.suspect_until = now + entry.length;
}

server_race::server_race(time_point now, std::vector<std::size_t> order, const race_timing& timing)
    : timing_(timing), deadline_(now + timing.budget), order_(std::move(order)) {}

bool server_race::is_open(std::size_t server) const {
    return std::any_of(open_.begin(), open_.end(), [server](const attempt& item) {
        return item.server == server;
    });
}

const std::size_t* server_race::next_server() const {
    const auto found = std::find_if(order_.begin(), order_.end(), [this](std::size_t server) {
        return !is_open(server);
    });
    return found == order_.end() ? nullptr : &*found;
}

bool server_race::is_hedge_due(time_point now) const {
    return open_.size() == 1 && now >= open_.front().started + timing_.hedge_delay;
}

std::vector<std::size_t> server_race::advance(time_point now) {
    std::erase_if(open_, [this, now](const attempt& item) {
        const bool is_over = now >= item.started + timing_.attempt_timeout;
        if (is_over) {
            expired_.push_back(item.server);
        }
        return is_over;
    });
    std::vector<std::size_t> ask;
    while (now < deadline_ && (open_.empty() || is_hedge_due(now))) {
        const auto* next = next_server();
        if (!next) {
            break;
        }
        const auto server = *next;
        open_.push_back({server, now});
        ask.push_back(server);
        std::erase(order_, server);
        order_.push_back(server);
    }
    return ask;
}

void server_race::report_failure(std::size_t server, attempt_failure failure) {
    if (failure == attempt_failure::refused) {
        was_refused_ = true;
    } else {
        expired_.push_back(server);  // as good as silent: others come first next time
    }
    std::erase(order_, server);
    std::erase_if(open_, [server](const attempt& item) { return item.server == server; });
}

bool server_race::is_lost(time_point now) const {
    return now >= deadline_ || (open_.empty() && order_.empty());
}

std::error_code server_race::error() const {
    if (was_refused_) {
        return errc::dns_temporary;
    }
    const bool has_asked_all = open_.empty() && order_.empty();
    return has_asked_all ? errc::dns_unreachable : errc::dns_timeout;
}

time_point server_race::next_deadline() const {
    auto next = deadline_;
    for (const auto& item : open_) {
        next = std::min(next, item.started + timing_.attempt_timeout);
    }
    if (open_.size() == 1 && next_server()) {
        next = std::min(next, open_.front().started + timing_.hedge_delay);
    }
    return next;
}

std::vector<std::size_t> server_race::silent(time_point now) const {
    auto servers = expired_;
    for (const auto& item : open_) {
        if (now >= item.started + timing_.hedge_delay) {
            servers.push_back(item.server);
        }
    }
    return servers;
}

}  // namespace sipha::resolver::detail
