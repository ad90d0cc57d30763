#include "tests/sim/link_net.hpp"

#include <algorithm>

namespace sipha::sim {

namespace {

std::string name_of(node_id node) {
    return "node" + std::to_string(node.value);
}

}  // namespace

void link_net::start(node_id node, listener to) {
    auto& entry = nodes_[node];
    entry.to = std::move(to);
    ++entry.incarnation;
    entry.is_up = true;
    entry.is_powered = true;
    // Whoever still sends to the process before gets a reset now.
    for (auto& [id, which] : connections_) {
        for (std::size_t side = 0; side < 2; ++side) {
            if (which.is_orphan && which.ends[side].node == node) {
                push(id, 1 - side, {{}, true});
            }
        }
    }
}

void link_net::stop(node_id node, death how) {
    auto& entry = nodes_[node];
    entry.is_up = false;
    entry.is_powered = how == death::process;
    for (auto& [id, which] : connections_) {
        for (std::size_t side = 0; side < 2; ++side) {
            if (which.ends[side].node != node || !which.ends[side].is_open) {
                continue;
            }
            which.ends[side].is_open = false;
            by_link_.erase({node, which.ends[side].link});
            if (how == death::process) {
                push(id, 1 - side, {{}, true});
            } else {
                which.is_orphan = true;
                time_->after(quality_.keepalive_limit, [this, lost = id] { break_off(lost); });
            }
        }
    }
}

bool link_net::is_blocked(node_id a, node_id b) const {
    return blocked_.contains({a, b}) || blocked_.contains({b, a});
}

bool link_net::is_running(const end_point& which) const {
    const auto& node = nodes_.at(which.node);
    return which.is_open && node.is_up && node.incarnation == which.incarnation;
}

duration link_net::travel_time() {
    auto time = quality_.delay;
    if (quality_.jitter > duration::zero()) {
        time += duration(dice_->below(static_cast<std::uint64_t>(quality_.jitter.count())));
    }
    return time;
}

void link_net::dial(node_id from, node_id to) {
    // The answer comes after a round trip at best.
    time_->after(2 * travel_time(), [this, from, incarnation = nodes_.at(from).incarnation, to] {
        const auto& dialler = nodes_.at(from);
        if (!dialler.is_up || dialler.incarnation != incarnation) {
            return;
        }
        const auto target = nodes_.find(to);
        const bool is_known = target != nodes_.end();
        if (is_blocked(from, to) || (is_known && !target->second.is_powered)) {
            time_->after(quality_.dial_limit, [this, from, incarnation, to] {
                ++counters_.timed_out;
                give_up_dial(from, incarnation, to);
            });
        } else if (!is_known || !target->second.is_up) {
            ++counters_.refused;
            give_up_dial(from, incarnation, to);
        } else {
            connect(from, to);
        }
    });
}

void link_net::give_up_dial(node_id from, std::uint64_t incarnation, node_id to) {
    const auto& dialler = nodes_.at(from);
    if (dialler.is_up && dialler.incarnation == incarnation) {
        log_->note(time_->elapsed(), name_of(from), "dial failed to " + name_of(to));
        dialler.to.closed(0, to);
    }
}

void link_net::connect(node_id from, node_id to) {
    ++counters_.opened;
    auto& dialler = nodes_.at(from);
    auto& acceptor = nodes_.at(to);
    const auto id = next_connection_++;
    auto& made = connections_[id];
    made.ends[0] = {from, dialler.incarnation, dialler.next_link++, true};
    made.ends[1] = {to, acceptor.incarnation, acceptor.next_link++, true};
    by_link_[{from, made.ends[0].link}] = id;
    by_link_[{to, made.ends[1].link}] = id;
    log_->note(time_->elapsed(), name_of(from), "link to " + name_of(to));
    // Each end's reaction is an event of its own, which may find that the other end is gone.
    const auto dialled_link = made.ends[0].link;
    const auto accepted_link = made.ends[1].link;
    acceptor.to.opened(accepted_link, {});
    dialler.to.opened(dialled_link, to);
}

link_net::connection* link_net::find(node_id node, link_id link, std::size_t& side) {
    const auto known = by_link_.find({node, link});
    if (known == by_link_.end()) {
        return nullptr;
    }
    auto& which = connections_.at(known->second);
    side = which.ends[0].node == node ? 0 : 1;
    return &which;
}

void link_net::send(node_id from, link_id link, std::string_view bytes) {
    std::size_t side = 0;
    if (find(from, link, side) == nullptr) {
        return;  // closed already; the node hears of it if it does not know yet
    }
    counters_.bytes += bytes.size();
    push(by_link_.at({from, link}), 1 - side, {std::string(bytes), false});
}

void link_net::close(node_id from, link_id link) {
    std::size_t side = 0;
    auto* which = find(from, link, side);
    if (which == nullptr) {
        return;
    }
    const auto id = by_link_.at({from, link});
    which->ends[side].is_open = false;
    by_link_.erase({from, link});
    push(id, 1 - side, {{}, true});
}

void link_net::push(std::uint64_t id, std::size_t side, segment what) {
    auto& way = connections_.at(id).to[side];
    way.on_the_way.push_back(std::move(what));
    plan_arrival(id, side);
}

void link_net::plan_arrival(std::uint64_t id, std::size_t side) {
    auto& way = connections_.at(id).to[side];
    way.last_arrival = std::max(way.last_arrival, time_->now() + travel_time());
    time_->at(way.last_arrival, [this, id, side] { arrive(id, side); });
}

void link_net::arrive(std::uint64_t id, std::size_t side) {
    const auto found = connections_.find(id);
    if (found == connections_.end() || found->second.to[side].on_the_way.empty()) {
        return;
    }
    auto& which = found->second;
    auto& way = which.to[side];
    if (way.is_stalled || is_blocked(which.ends[0].node, which.ends[1].node)) {
        stall(id, side);
        return;
    }
    const auto next = std::move(way.on_the_way.front());
    way.on_the_way.pop_front();
    const auto target = which.ends[side];
    if (next.is_end) {
        end(which, side);
    } else if (is_running(target)) {
        log_->note(time_->elapsed(), name_of(target.node), "link bytes", next.bytes);
        // A stream keeps no borders: the reader sees a write in two parts now and then.
        const auto cut = dice_->below(8) == 0 ? dice_->below(next.bytes.size() + 1) : 0;
        const auto& to = nodes_.at(target.node).to;
        if (cut != 0) {
            to.received(target.link, std::string_view(next.bytes).substr(0, cut));
        }
        if (cut == 0 || is_running(which.ends[side])) {  // the first part may have made it close
            to.received(target.link, std::string_view(next.bytes).substr(cut));
        }
    }
    erase_if_done(id);
}

void link_net::stall(std::uint64_t id, std::size_t side) {
    auto& way = connections_.at(id).to[side];
    if (way.is_stalled) {
        return;
    }
    way.is_stalled = true;
    ++counters_.stalled;
    time_->after(quality_.keepalive_limit, [this, id, side, stall_number = ++way.stalls] {
        const auto found = connections_.find(id);
        if (found != connections_.end() && found->second.to[side].is_stalled &&
            found->second.to[side].stalls == stall_number) {
            break_off(id);
        }
    });
}

void link_net::unblock_all() {
    blocked_.clear();
    for (auto& [id, which] : connections_) {
        for (std::size_t side = 0; side < 2; ++side) {
            if (std::exchange(which.to[side].is_stalled, false)) {
                for (std::size_t n = 0; n < which.to[side].on_the_way.size(); ++n) {
                    plan_arrival(id, side);
                }
            }
        }
    }
}

void link_net::end(connection& which, std::size_t side) {
    const auto target = which.ends[side];
    if (!target.is_open) {
        return;
    }
    which.ends[side].is_open = false;
    by_link_.erase({target.node, target.link});
    const auto& node = nodes_.at(target.node);
    if (node.is_up && node.incarnation == target.incarnation) {
        log_->note(time_->elapsed(), name_of(target.node), "link closed");
        node.to.closed(target.link, {});
    }
}

void link_net::break_off(std::uint64_t id) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) {
        return;
    }
    ++counters_.broken;
    for (std::size_t side = 0; side < 2; ++side) {
        end(found->second, side);
    }
    connections_.erase(id);
}

void link_net::erase_if_done(std::uint64_t id) {
    const auto found = connections_.find(id);
    if (found != connections_.end() && !found->second.ends[0].is_open &&
        !found->second.ends[1].is_open) {
        connections_.erase(found);
    }
}

}  // namespace sipha::sim
