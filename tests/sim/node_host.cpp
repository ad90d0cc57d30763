#include "tests/sim/node_host.hpp"

#include <utility>
#include <variant>

namespace sipha::sim {

namespace {

/// Datagrams that the socket of a stopped process holds; more are lost, as in a real system.
constexpr std::size_t max_queued_datagrams = 2000;
/// Ticks at one moment that no healthy node needs.
constexpr unsigned max_ticks_in_a_row = 200;

/// An input with its view moved to `bytes`: inputs hold views, what queues must own.
proxy::input with_bytes(proxy::input what, std::string_view bytes) {
    if (auto* sip = std::get_if<proxy::sip_received>(&what)) {
        sip->bytes = bytes;
    } else if (auto* link = std::get_if<proxy::link_received>(&what)) {
        link->bytes = bytes;
    }
    return what;
}

}  // namespace

node_host::node_host(surroundings around, proxy::node_options options, std::string seed)
    : around_(around), options_(std::move(options)), seed_(std::move(seed)) {
    options_.epoch = 0;
}

void node_host::start() {
    ++options_.epoch;
    options_.random_seed = seed_ + '/' + options_.name + '/' + std::to_string(options_.epoch);
    node_ = std::make_unique<proxy::node>(options_);
    is_paused_ = false;
    queued_.clear();
    queued_datagrams_ = 0;
    armed_ = timing::never;
    around_.log.note(around_.time.elapsed(), name(), "start");
    around_.net.attach(sip_address().ip, *this);
    around_.links.start(
        id(),
        {[this](link_id link, node_id dialled) {
             give(proxy::link_opened{link, dialled});
         },
         [this](link_id link, std::string_view bytes) {
             give(proxy::link_received{link, bytes}, bytes);
         },
         [this](link_id link, node_id dialled) {
             give(proxy::link_closed{link, dialled});
         }}
    );
    step(proxy::tick{});
}

void node_host::kill(death how) {
    around_.log.note(
        around_.time.elapsed(), name(), how == death::process ? "killed" : "lost power"
    );
    node_.reset();
    is_paused_ = false;
    queued_.clear();
    around_.net.detach(sip_address().ip);
    around_.links.stop(id(), how);
}

void node_host::pause() {
    around_.log.note(around_.time.elapsed(), name(), "pause");
    is_paused_ = true;
}

void node_host::resume() {
    around_.log.note(around_.time.elapsed(), name(), "resume");
    is_paused_ = false;
    queued_datagrams_ = 0;
    for (const auto& next : std::exchange(queued_, {})) {
        step(with_bytes(next.what, next.bytes));
    }
    step(proxy::tick{});
}

void node_host::on_datagram(
    const sip::endpoint& to, const sip::endpoint& from, std::string_view bytes
) {
    if (to != sip_address()) {
        return;
    }
    if (is_paused_ && ++queued_datagrams_ > max_queued_datagrams) {
        around_.log.note(around_.time.elapsed(), name(), "socket buffer full");
        return;
    }
    give(proxy::sip_received{{0, from, 0}, bytes}, bytes);
}

void node_host::give(proxy::input what, std::string_view bytes) {
    if (is_paused_) {
        queued_.push_back({std::move(what), std::string(bytes)});
    } else if (node_ != nullptr) {
        step(what);
    }
}

void node_host::step(const proxy::input& what) {
    ++steps_;
    effects_.clear();
    const auto wall = std::chrono::duration_cast<std::chrono::milliseconds>(around_.time.elapsed());
    node_->step({around_.time.now(), wall_start_ms + (wall + wall_skew_).count()}, what, effects_);
    perform();
    arm();
}

void node_host::perform() {
    for (const auto& entry : effects_.messages.entries()) {
        around_.net.send(sip_address(), entry.to.remote, effects_.messages.bytes(entry));
    }
    for (const auto& wanted : effects_.resolves) {
        // There is no DNS in this world: contacts and nodes are known by address.
        around_.time.after(
            std::chrono::milliseconds(1),
            [this, query = wanted.query, epoch = options_.epoch] {
                if (options_.epoch == epoch) {
                    give(proxy::resolved{query, {}, "no such name"});
                }
            }
        );
    }
    for (const auto& action : effects_.links.actions()) {
        switch (action.what) {
            case cluster::link_action::kind::dial:
                around_.links.dial(id(), action.peer);
                break;
            case cluster::link_action::kind::send:
                around_.links.send(id(), action.link, effects_.links.bytes(action));
                break;
            case cluster::link_action::kind::close:
                around_.links.close(id(), action.link);
                break;
        }
    }
    for (const auto& line : effects_.log) {
        if (!line.text.empty()) {
            around_.log.note(around_.time.elapsed(), name(), line.text);
        }
    }
}

void node_host::arm() {
    const auto deadline = node_->next_deadline();
    if (deadline < armed_) {
        armed_ = deadline;
        around_.time.at(deadline, [this, deadline, epoch = options_.epoch] {
            if (options_.epoch == epoch && armed_ == deadline) {
                wake();
            }
        });
    }
}

void node_host::wake() {
    armed_ = timing::never;
    if (!is_running()) {
        return;  // a paused node gets its tick when it resumes
    }
    const auto now = around_.time.now();
    if (node_->next_deadline() > now) {
        arm();
        return;
    }
    ticks_in_a_row_ = last_tick_ == now ? ticks_in_a_row_ + 1 : 0;
    last_tick_ = now;
    if (ticks_in_a_row_ > max_ticks_in_a_row) {
        around_.log.violation(around_.time.elapsed(), name() + " spins without progress");
        kill(death::process);
        return;
    }
    step(proxy::tick{});
}

}  // namespace sipha::sim
