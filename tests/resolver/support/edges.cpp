#include "tests/resolver/support/edges.hpp"

#include <algorithm>

namespace sipha::resolver::test {
namespace {

probe_event event_of(
    probe_id id, probe_event_kind kind, outcome_kind what, std::string_view cause
) {
    return {id, kind, {what, std::nullopt}, std::chrono::milliseconds(10), cause};
}

}  // namespace

void edge_world::set(const std::string& ip, edge_mode mode) {
    auto& changed = edges_[ip];
    if (mode == edge_mode::refusing && changed.mode != edge_mode::refusing) {
        ++changed.resets;
    }
    changed.mode = mode;
}

edge edge_world::look(const std::string& ip) const {
    const auto found = edges_.find(ip);
    return found != edges_.end() ? found->second : edge{edge_mode::black_hole, false, false, {}, 0};
}

void memory_prober::start(time_point now, probe_id id, const probe& what) {
    const auto ip = what.target.ip.to_string();
    ++(what.kind == probe_kind::options ? options : canaries)[ip];
    open_[id] = {what, now, false, world_.look(ip).resets};
    most_open = std::max(most_open, open_.size());
}

void memory_prober::stop(probe_id id) {
    open_.erase(id);
    std::erase_if(events_, [id](const probe_event& event) { return event.id == id; });
}

std::pair<time_point, probe_event> memory_prober::next(probe_id id, const running& item) const {
    using kind = probe_event_kind;
    const auto at = world_.look(item.what.target.ip.to_string());
    const bool is_gone = at.mode == edge_mode::black_hole;
    const bool is_refusing = at.mode == edge_mode::refusing;
    const auto soon = item.since + at.rtt;
    if (item.what.kind == probe_kind::options) {
        if (is_gone || at.mode == edge_mode::mute) {
            return {
                item.since + item.what.timeout,
                event_of(id, kind::down, outcome_kind::timeout, "silence")};
        }
        if (is_refusing) {
            return {soon, event_of(id, kind::down, outcome_kind::refused, "refused")};
        }
        if (at.mode == edge_mode::unavailable) {
            return {soon, event_of(id, kind::down, outcome_kind::unavailable, "status-503")};
        }
        return {soon, event_of(id, kind::alive, outcome_kind::ok, "response")};
    }
    if (!item.is_up) {
        if (is_gone) {
            return {
                item.since + item.what.connect_timeout,
                event_of(id, kind::down, outcome_kind::timeout, "connect-timeout")};
        }
        if (is_refusing || !at.has_tcp) {
            return {soon, event_of(id, kind::down, outcome_kind::refused, "refused")};
        }
        return {soon, event_of(id, kind::up, outcome_kind::ok, "connected")};
    }
    if (at.resets != item.resets) {
        return {item.since, event_of(id, kind::down, outcome_kind::reset, "reset")};
    }
    if (is_gone) {
        return {
            item.since + item.what.silence_limit,
            event_of(id, kind::down, outcome_kind::timeout, "pong-silence")};
    }
    if (at.has_pong && item.what.ping_interval.count() > 0) {
        return {
            item.since + item.what.ping_interval,
            event_of(id, kind::alive, outcome_kind::ok, "pong")};
    }
    return {never, {}};
}

time_point memory_prober::next_deadline() const {
    auto first = events_.empty() ? never : time_point{};
    for (const auto& [id, item] : open_) {
        first = std::min(first, next(id, item).first);
    }
    return first;
}

void memory_prober::process(time_point now) {
    std::vector<probe_id> over;
    for (auto& [id, item] : open_) {
        const auto [when, event] = next(id, item);
        if (when > now) {
            continue;
        }
        events_.push_back(event);
        const bool goes_on =
            item.what.kind == probe_kind::canary && event.kind != probe_event_kind::down;
        item.is_up = true;
        item.since = now;
        if (!goes_on) {
            over.push_back(id);
        }
    }
    for (const auto id : over) {
        open_.erase(id);
    }
}

}  // namespace sipha::resolver::test
