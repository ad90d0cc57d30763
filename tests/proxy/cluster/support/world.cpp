#include "tests/proxy/cluster/support/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sipha::cluster::test {

namespace {

constexpr milliseconds dial_limit{1000};
constexpr std::int64_t epoch_wall_ms = 1'700'000'000'000;
const timing::time_point beginning{std::chrono::hours(1)};

std::pair<std::uint16_t, std::uint16_t> ordered(std::uint16_t one, std::uint16_t other) {
    return std::minmax(one, other);
}

}  // namespace

world::world(options how) : options_(std::move(how)), random_(options_.seed) {
    for (std::uint16_t id = 1; id <= options_.nodes; ++id) {
        nodes_[id].random = std::make_unique<crypto::random>(options_.seed + std::to_string(id));
    }
}

milliseconds world::now() const {
    return std::chrono::duration_cast<milliseconds>(now_ - beginning);
}

timing::instant world::now_at(std::uint16_t id) const {
    return {now_, epoch_wall_ms + (now() + nodes_.at(id).clock_error).count()};
}

void world::later(timing::duration delay, std::function<void()> act) {
    agenda_.push({now_ + delay, orders_++, std::move(act)});
}

// --- processes ---

void world::start(std::uint16_t id) {
    auto& here = nodes_.at(id);
    engine_options how;
    how.self = {id};
    how.cluster_name = "test";
    how.secret = "a secret of the test cluster";
    how.timings = options_.timings;
    for (std::uint16_t other = 1; other <= options_.nodes; ++other) {
        if (other != id) {
            how.peers.push_back({{other}, "node" + std::to_string(other)});
        }
    }
    here.log.clear();
    here.is_silent = false;
    here.store = std::make_unique<map_store>();
    here.engine = std::make_unique<engine>(
        how, ++here.starts, *here.random, std::vector<store*>{here.store.get()}
    );
    here.store->observe_with(here.engine->clock());
    step(id, [](engine&, engine_output) {});
}

void world::start_all() {
    for (std::uint16_t id = 1; id <= options_.nodes; ++id) {
        start(id);
    }
}

void world::kill(std::uint16_t id, ending how) {
    auto& here = nodes_.at(id);
    here.engine.reset();
    here.is_silent = how == ending::goes_silent;
    for (const auto& one : streams_) {
        for (const int side : {0, 1}) {
            if (one->node[side] == id && one->is_open[side]) {
                one->is_open[side] = false;
                if (how == ending::closes_links) {
                    transmit(id, one->link[side], {now_ + options_.delay, "", true});
                }
            }
        }
    }
}

void world::pause(std::uint16_t id) {
    nodes_.at(id).is_paused = true;
}

void world::resume(std::uint16_t id) {
    nodes_.at(id).is_paused = false;
    // The worst order: timers before what waits in the sockets.
    step(id, [](engine&, engine_output) {});
    pump_all();
}

void world::arm(std::uint16_t id) {
    auto& here = nodes_.at(id);
    const auto due = here.engine->next_deadline();
    here.idle_ticks = due <= now_ ? here.idle_ticks + 1 : 0;
    ASSERT_LT(here.idle_ticks, 5) << "node " << id << " is due again and again";
    const auto tick = ++here.tick;
    if (due == timing::never) {
        return;
    }
    later(std::max(due - now_, timing::duration::zero()), [this, id, tick] {
        const auto& current = nodes_.at(id);
        if (current.engine && current.tick == tick && !current.is_paused) {
            step(id, [](engine&, engine_output) {});
        }
    });
}

void world::step(std::uint16_t id, const std::function<void(engine&, engine_output)>& input) {
    auto& here = nodes_.at(id);
    if (!here.engine) {
        return;
    }
    link_outbox links;
    std::vector<event> events;
    input(*here.engine, {links, events});
    here.engine->advance(now_at(id), {links, events});
    for (auto& what : events) {
        here.log.push_back({now(), std::move(what)});
    }
    perform(id, links);
    arm(id);
}

std::uint64_t world::write(std::uint16_t id, std::string_view key, std::string_view value) {
    std::uint64_t sequence = 0;
    step(id, [&](engine& node, engine_output) {
        const auto version = node.clock().next(now_at(id).wall_ms);
        sequence = node.publish({record_kind::key_value, store_of(id).put(key, version, value)});
    });
    return sequence;
}

void world::fill(std::uint16_t id, int count, std::string_view value) {
    step(id, [&](engine& node, engine_output) {
        for (int i = 0; i < count; ++i) {
            const auto version = node.clock().next(now_at(id).wall_ms);
            const auto key = "key" + std::to_string(i);
            node.publish({record_kind::key_value, store_of(id).put(key, version, value)});
        }
    });
}

// --- links ---

std::pair<std::shared_ptr<world::stream>, int> world::find(std::uint16_t node, link_id link) {
    for (const auto& one : streams_) {
        for (const int side : {0, 1}) {
            if (one->node[side] == node && one->link[side] == link) {
                return {one, side};
            }
        }
    }
    return {nullptr, 0};
}

void world::perform(std::uint16_t id, const link_outbox& actions) {
    for (const auto& action : actions.actions()) {
        switch (action.what) {
            case link_action::kind::dial:
                dial(id, action.peer.value);
                break;
            case link_action::kind::send:
                nodes_.at(id).sent += action.size;
                transmit(
                    id,
                    action.link,
                    {now_ + options_.delay, std::string(actions.bytes(action)), false}
                );
                break;
            case link_action::kind::close: {
                const auto [which, side] = find(id, action.link);
                if (which && which->is_open[side]) {
                    which->is_open[side] = false;
                    transmit(id, action.link, {now_ + options_.delay, "", true});
                    // A shell may report the end of a link that was closed by request.
                    later(options_.delay, [this, id, link = action.link] {
                        step(id, [&](engine& node, engine_output out) {
                            node.closed(now_at(id), link, {}, out);
                        });
                    });
                }
                break;
            }
        }
    }
}

void world::dial(std::uint16_t from, std::uint16_t to) {
    const auto starts = nodes_.at(from).starts;
    const auto fail = [this, from, to, starts] {
        if (nodes_.at(from).starts == starts) {
            step(from, [&](engine& node, engine_output out) {
                node.closed(now_at(from), 0, {to}, out);
            });
        }
    };
    const auto& target = nodes_.at(to);
    if (is_blocked(from, to) || (!target.engine && target.is_silent)) {
        later(dial_limit, fail);
        return;
    }
    if (!target.engine) {
        later(options_.delay, fail);
        return;
    }
    std::erase_if(streams_, [](const std::shared_ptr<stream>& one) {
        return !one->is_open[0] && !one->is_open[1];
    });
    auto fresh = std::make_shared<stream>();
    fresh->node[0] = from;
    fresh->node[1] = to;
    fresh->link[0] = ++links_;
    fresh->link[1] = ++links_;
    streams_.push_back(fresh);
    later(options_.delay, [this, fresh] {
        step(fresh->node[1], [&](engine& node, engine_output out) {
            node.opened(now_at(fresh->node[1]), fresh->link[1], {}, out);
        });
        step(fresh->node[0], [&](engine& node, engine_output out) {
            node.opened(now_at(fresh->node[0]), fresh->link[0], {fresh->node[1]}, out);
        });
    });
}

void world::transmit(std::uint16_t from, link_id link, item what) {
    const auto [which, side] = find(from, link);
    if (!which) {
        return;
    }
    const auto due = what.due;
    const int other = 1 - side;
    which->to[other].push_back(std::move(what));
    later(due - now_, [this, which = which, other] { pump(which, other); });
}

bool world::is_blocked(std::uint16_t from, std::uint16_t to) const {
    return cuts_.contains(ordered(from, to)) || nodes_.at(to).is_paused;
}

void world::pump(const std::shared_ptr<stream>& which, int side) {
    auto& waiting = which->to[side];
    const auto receiver = which->node[side];
    while (!waiting.empty() && waiting.front().due <= now_ &&
           (receiver == 0 || !is_blocked(which->node[1 - side], receiver))) {
        const auto next = std::move(waiting.front());
        waiting.pop_front();
        if (receiver == 0 || !which->is_open[side]) {
            continue;
        }
        const auto link = which->link[side];
        if (next.is_end) {
            which->is_open[side] = false;
        }
        step(receiver, [&](engine& node, engine_output out) {
            if (next.is_end) {
                node.closed(now_at(receiver), link, {}, out);
            } else {
                // Cut somewhere, as a stream does.
                const auto half = random_.below(next.bytes.size() + 1);
                const std::string_view bytes = next.bytes;
                node.received(now_at(receiver), link, bytes.substr(0, half), out);
                node.received(now_at(receiver), link, bytes.substr(half), out);
            }
        });
    }
}

void world::pump_all() {
    const auto standing = streams_;  // steps dial and so change the list
    for (const auto& which : standing) {
        pump(which, 0);
        pump(which, 1);
    }
}

void world::cut(std::uint16_t one, std::uint16_t other) {
    cuts_.insert(ordered(one, other));
}

void world::heal(std::uint16_t one, std::uint16_t other) {
    cuts_.erase(ordered(one, other));
    pump_all();
}

void world::drop_links(std::uint16_t one, std::uint16_t other) {
    const auto standing = streams_;  // what is dialled again meanwhile stays
    for (const auto& which : standing) {
        if (ordered(which->node[0], which->node[1]) != ordered(one, other)) {
            continue;
        }
        for (const int side : {0, 1}) {
            if (which->is_open[side]) {
                which->to[side].clear();
                which->is_open[side] = false;
                step(which->node[side], [&](engine& node, engine_output out) {
                    node.closed(now_at(which->node[side]), which->link[side], {}, out);
                });
            }
        }
    }
}

link_id world::strange_link(std::uint16_t to) {
    auto fresh = std::make_shared<stream>();
    fresh->node[1] = to;
    fresh->link[1] = ++links_;
    streams_.push_back(fresh);
    step(to, [&](engine& node, engine_output out) {
        node.opened(now_at(to), fresh->link[1], {}, out);
    });
    return fresh->link[1];
}

void world::strange_bytes(std::uint16_t to, link_id link, std::string_view bytes) {
    step(to, [&](engine& node, engine_output out) { node.received(now_at(to), link, bytes, out); });
}

// --- running ---

void world::run_for(milliseconds time) {
    const auto end = now_ + time;
    while (!agenda_.empty() && agenda_.top().at <= end) {
        const auto next = agenda_.top();
        agenda_.pop();
        now_ = next.at;
        next.act();
    }
    now_ = end;
}

milliseconds world::run_until(const std::function<bool()>& claim, milliseconds limit) {
    const auto from = now();
    while (!claim()) {
        if (now() - from >= limit) {
            return milliseconds(-1);
        }
        run_for(milliseconds(1));
    }
    return now() - from;
}

bool world::is_equal() const {
    std::set<std::uint64_t> digests;
    for (const auto& [id, here] : nodes_) {
        if (here.engine) {
            digests.insert(here.store->digest());
        }
    }
    return digests.size() <= 1;
}

bool world::all_ready() const {
    return std::ranges::all_of(nodes_, [](const auto& one) {
        return !one.second.engine || one.second.engine->is_ready();
    });
}

}  // namespace sipha::cluster::test
