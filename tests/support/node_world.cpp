#include "tests/support/node_world.hpp"

#include <algorithm>
#include <utility>

namespace sipha::test {

namespace {

std::string address_of(unsigned id) {
    return "10.0.0." + std::to_string(id) + ":5060";
}

proxy::node_options options_of(unsigned id, unsigned nodes) {
    proxy::node_options options;
    options.name = "node" + std::to_string(id);
    options.domains = {"example.org"};
    options.listeners = {at("udp:" + address_of(id)), at("tcp:" + address_of(id))};
    options.registrar.allow_from = {*geo::ip_prefix::parse("0.0.0.0/0")};
    options.cluster.self = {static_cast<std::uint16_t>(id)};
    options.cluster.cluster_name = "test";
    options.cluster.secret = "0123456789abcdef0123456789abcdef";
    options.random_seed = "seed" + std::to_string(id);
    for (unsigned peer = 1; peer <= nodes; ++peer) {
        if (peer != id) {
            const cluster::node_id name{static_cast<std::uint16_t>(peer)};
            options.cluster.peers.push_back({name, "node" + std::to_string(peer)});
            options.peer_sip.emplace(name, at("udp:" + address_of(peer)));
        }
    }
    return options;
}

}  // namespace

node_world::node_world(unsigned nodes, const adjust_options& adjust) {
    for (unsigned id = 1; id <= nodes; ++id) {
        auto options = options_of(id, nodes);
        if (adjust) {
            adjust(options);
        }
        actors_[id].options = options;
        actors_[id].machine = std::make_unique<proxy::node>(std::move(options));
    }
    for (unsigned id = 1; id <= nodes; ++id) {
        step(id, proxy::tick{});
    }
    pass(std::chrono::seconds(3));
}

void node_world::receive(unsigned id, const sip::hop& from, std::string_view text) {
    step(id, proxy::sip_received{from, text});
}

void node_world::resolve(
    unsigned id, std::uint64_t query, const std::vector<sip::endpoint>& targets
) {
    step(id, proxy::resolved{query, targets, {}});
}

void node_world::fail(unsigned id, const sent& message) {
    step(id, proxy::send_failed{message.to, message.token});
}

void node_world::pass(timing::duration time) {
    const auto end = now_.mono + time;
    const auto wall_start = now_.wall_ms;
    const auto start = now_.mono;
    const auto set = [&](timing::time_point when) {
        now_.mono = when;
        now_.wall_ms =
            wall_start + std::chrono::floor<std::chrono::milliseconds>(when - start).count();
    };
    for (;;) {
        auto next = timing::never;
        for (const auto& [id, one] : actors_) {
            next = std::min(next, one.machine ? one.machine->next_deadline() : timing::never);
        }
        if (next > end) {
            break;
        }
        set(std::max(now_.mono, next));
        for (const auto& [id, one] : actors_) {
            if (one.machine && one.machine->next_deadline() <= now_.mono) {
                step(id, proxy::tick{});
            }
        }
    }
    set(end);
}

void node_world::hold_links() {
    is_holding_ = true;
}

void node_world::release_links() {
    is_holding_ = false;
    queue_.insert(queue_.end(), held_.begin(), held_.end());
    held_.clear();
    run_queue();
}

void node_world::kill(unsigned id) {
    actors_[id].machine.reset();
    for (auto it = links_.begin(); it != links_.end();) {
        if (it->second.node != id) {
            ++it;
            continue;
        }
        queue_.push_back({it->second.peer_node, {}, proxy::link_closed{it->second.peer_link, {}}});
        links_.erase(it->second.peer_link);
        it = links_.erase(it);
    }
    run_queue();
}

void node_world::start(unsigned id) {
    auto& again = actors_.at(id);
    ++again.options.epoch;
    again.machine = std::make_unique<proxy::node>(again.options);
    step(id, proxy::tick{});
}

void node_world::step(unsigned id, const proxy::input& what) {
    actors_.at(id).machine->step(now_, what, effects_);
    perform(id);
    run_queue();
}

void node_world::perform(unsigned id) {
    auto done = std::exchange(effects_, {});
    for (auto& message : drain(done.messages)) {
        const auto& from = node(id).options().listeners.at(message.to.listener);
        const auto receiver = std::find_if(actors_.begin(), actors_.end(), [&](const auto& other) {
            return other.second.machine && other.first != id &&
                   std::ranges::count(
                       other.second.machine->options().listeners, message.to.remote
                   ) != 0;
        });
        if (receiver == actors_.end()) {
            actors_[id].sent_out.push_back(std::move(message));
            continue;
        }
        const auto& theirs = receiver->second.machine->options().listeners;
        const auto listener = std::ranges::find(theirs, message.to.remote) - theirs.begin();
        const sip::hop arrived{static_cast<sip::listener_id>(listener), from, 0};
        queue_.push_back({receiver->first, message.text, proxy::sip_received{arrived, {}}});
        between_.push_back(std::move(message));
    }
    for (auto& lookup : done.resolves) {
        actors_[id].lookups.push_back(std::move(lookup));
    }
    for (const auto& action : done.links.actions()) {
        if (action.what == cluster::link_action::kind::send) {
            const auto end = links_.find(action.link);
            if (end != links_.end()) {
                event bytes{
                    end->second.peer_node,
                    std::string(done.links.bytes(action)),
                    proxy::link_received{end->second.peer_link, {}}};
                (is_holding_ ? held_ : queue_).push_back(std::move(bytes));
            }
        } else {
            perform_link(id, action);
        }
    }
}

void node_world::perform_link(unsigned id, const cluster::link_action& action) {
    if (action.what == cluster::link_action::kind::dial) {
        const unsigned peer = action.peer.value;
        if (!actors_.contains(peer) || !actors_[peer].machine) {
            queue_.push_back({id, {}, proxy::link_closed{0, action.peer}});
            return;
        }
        const auto here = next_link_++;
        const auto there = next_link_++;
        links_[here] = {id, there, peer};
        links_[there] = {peer, here, id};
        queue_.push_back({id, {}, proxy::link_opened{here, action.peer}});
        queue_.push_back({peer, {}, proxy::link_opened{there, {}}});
        return;
    }
    const auto end = links_.find(action.link);
    if (end != links_.end()) {
        const auto other = end->second;
        links_.erase(action.link);
        links_.erase(other.peer_link);
        queue_.push_back({id, {}, proxy::link_closed{action.link, {}}});
        queue_.push_back({other.peer_node, {}, proxy::link_closed{other.peer_link, {}}});
    }
}

void node_world::run_queue() {
    while (!queue_.empty()) {
        auto next = std::move(queue_.front());
        queue_.pop_front();
        auto& to = actors_.at(next.to);
        if (!to.machine) {
            continue;
        }
        if (auto* sip = std::get_if<proxy::sip_received>(&next.what)) {
            sip->bytes = next.bytes;
        } else if (auto* bytes = std::get_if<proxy::link_received>(&next.what)) {
            bytes->bytes = next.bytes;
        }
        to.machine->step(now_, next.what, effects_);
        perform(next.to);
    }
}

}  // namespace sipha::test
