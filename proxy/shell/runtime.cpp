#include "proxy/shell/runtime.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <csignal>
#include <map>
#include <system_error>
#include <utility>
#include <variant>

#include "proxy/shell/clock.hpp"
#include "proxy/shell/socket_address.hpp"

namespace sipha::shell {

namespace asio = boost::asio;

namespace {

/// Rounds of "effects cause reports cause effects" before sockets get their turn again; a machine
/// that answers every failure with another send must not starve them.
constexpr int max_rounds = 8;
/// Ticks keep this distance when a machine's deadline stays in the past.
constexpr std::chrono::milliseconds min_tick_distance{1};

}  // namespace

runtime::runtime(
    proxy::machine& decide, runtime_options options, resolver_port* resolver, log::log_sink log
)
    : options_(std::move(options)),
      machine_(decide),
      resolver_(resolver),
      log_(std::move(log)),
      io_(1),
      batch_(options_.udp.max_datagram_bytes),
      tcp_(io_, *this, counts_, options_.tcp),
      mesh_(io_, *this, counts_, options_.mesh),
      signals_(io_),
      timer_(io_),
      stop_timer_(io_),
      closing_timer_(io_) {
    for (const auto& peer : options_.peers) {
        mesh_.set_peer(peer);
    }
}

runtime::~runtime() = default;

std::string runtime::reload_certificates() {
    std::string error;
    std::map<sip::listener_id, std::shared_ptr<const tls_server>> servers;
    bool has_tls = false;
    for (std::size_t i = 0; i < options_.listeners.size(); ++i) {
        const auto& listener = options_.listeners[i];
        if (!sip::is_secured(listener.transport)) {
            continue;
        }
        has_tls = true;
        auto loaded = listener.tls ? tls_server::load(*listener.tls, error) : nullptr;
        if (!loaded) {
            const sip::endpoint self{listener.transport, listener.ip, listener.port};
            return "cannot listen on " + self.to_string() + ": " +
                   (listener.tls ? error : "it has no certificate; add `tls` to it");
        }
        servers[static_cast<sip::listener_id>(i)] = std::move(loaded);
    }
    auto client = has_tls ? tls_client::load(options_.tls_client, error) : nullptr;
    if (has_tls && !client) {
        return error;
    }
    for (auto& [id, server] : servers) {
        tcp_.set_server(id, std::move(server));
    }
    tcp_.set_client(std::move(client));
    return {};
}

void runtime::start() {
    if (const auto error = reload_certificates(); !error.empty()) {
        throw std::system_error(EINVAL, std::generic_category(), error);
    }
    const udp_socket::context context{io_, *this, counts_, batch_, options_.udp};
    for (std::size_t i = 0; i < options_.listeners.size(); ++i) {
        const auto id = static_cast<sip::listener_id>(i);
        const auto& listener = options_.listeners[i];
        udp_.push_back(nullptr);
        if (listener.transport == sip::transport::udp) {
            udp_.back() = std::make_unique<udp_socket>(context, id, listener);
            udp_descriptors_.push_back(udp_.back()->descriptor());
        } else {
            tcp_.listen(id, listener);
        }
        const sip::endpoint self{listener.transport, listener.ip, listener_port(id)};
        note({proxy::log_level::info, "event=listening address=" + self.to_string()});
    }
    if (options_.cluster) {
        mesh_.listen(*options_.cluster, options_.cluster_inherited);
        const sip::endpoint self{sip::transport::tcp, options_.cluster->ip, mesh_.port()};
        note({proxy::log_level::info, "event=cluster_listening address=" + self.to_string()});
    }
    if (options_.reads == runtime_options::datagrams::at_start) {
        read_datagrams();
    }
    tcp_.start();
    mesh_.start();
}

void runtime::read_datagrams() {
    for (const auto& socket : udp_) {
        if (socket) {
            socket->start();
        }
    }
}

void runtime::pause_datagrams() {
    for (const auto& socket : udp_) {
        if (socket) {
            socket->pause();
        }
    }
}

std::map<std::string, int> runtime::listening_descriptors() {
    std::map<std::string, int> out;
    for (std::size_t i = 0; i < options_.listeners.size(); ++i) {
        const auto& listener = options_.listeners[i];
        const sip::endpoint self{listener.transport, listener.ip, listener.port};
        const auto id = static_cast<sip::listener_id>(i);
        out[self.to_string()] = udp_[i] ? udp_[i]->descriptor() : tcp_.descriptor(id);
    }
    if (options_.cluster) {
        out["cluster"] = mesh_.descriptor();
    }
    if (admin_) {
        out["admin"] = admin_->descriptor();
    }
    return out;
}

void runtime::hand_over_streams() {
    tcp_.stop_accepting();
    mesh_.stop(std::chrono::milliseconds(0));
    if (admin_) {
        admin_->leave();
    }
}

void runtime::on_readable(int descriptor, std::function<reading()> action) {
    wait_for_bytes(
        std::make_shared<asio::posix::stream_descriptor>(io_, descriptor), std::move(action)
    );
}

void runtime::wait_for_bytes(
    std::shared_ptr<asio::posix::stream_descriptor> from, std::function<reading()> action
) {
    auto& waited = *from;
    auto on_bytes = [this,
                     from = std::move(from),
                     action = std::move(action)](boost::system::error_code error) {
        if (error || is_stopping_) {
            return;
        }
        const auto next = action();
        settle();
        if (next == reading::goes_on) {
            wait_for_bytes(from, action);
        }
    };
    waited.async_wait(asio::posix::descriptor_base::wait_read, std::move(on_bytes));
}

void runtime::serve_admin(admin_socket::options where, admin_socket::handler answer) {
    const auto path = where.path;
    auto answer_and_settle = [this, answer = std::move(answer)](std::string_view line) {
        auto text = answer(line);
        settle();
        return text;
    };
    admin_ = std::make_unique<admin_socket>(
        io_, counts_, std::move(where), std::move(answer_and_settle)
    );
    admin_->start();
    note({proxy::log_level::info, "event=admin_listening path=\"" + path + "\""});
}

void runtime::stop_on_signals() {
    signals_.add(SIGTERM);
    signals_.add(SIGINT);
    signals_.async_wait([this](boost::system::error_code error, int signal) {
        if (!error) {
            note({proxy::log_level::info, "event=stopping signal=" + std::to_string(signal)});
            begin_stop();
        }
    });
}

void runtime::on_signal(int number, std::function<void()> action) {
    auto set = std::make_unique<asio::signal_set>(io_, number);
    wait_for_signal(*set, std::move(action));
    other_signals_.push_back(std::move(set));
}

void runtime::wait_for_signal(asio::signal_set& set, std::function<void()> action) {
    set.async_wait([this, &set, action = std::move(action)](boost::system::error_code error, int) {
        if (error) {
            return;
        }
        action();
        settle();
        wait_for_signal(set, action);
    });
}

void runtime::close_accepted_flows(timing::duration spread) {
    closing_ = close_schedule(mono_now(), spread, tcp_.accepted_flows());
    close_due_flows();
}

void runtime::keep_accepted_flows() {
    closing_ = {};
    closing_timer_.cancel();
}

void runtime::close_due_flows() {
    for (const auto flow : closing_.take_due(mono_now())) {
        tcp_.close(flow);
    }
    if (const auto next = closing_.next_deadline(); next != timing::never) {
        closing_timer_.expires_at(next);
        closing_timer_.async_wait([this](boost::system::error_code error) {
            if (!error) {
                close_due_flows();
                settle();
            }
        });
    }
}

void runtime::call_later(timing::duration delay, std::function<void()> action) {
    auto timer = std::make_shared<asio::steady_timer>(io_, delay);
    timer->async_wait([this, timer, action = std::move(action)](boost::system::error_code error) {
        if (!error && !is_stopping_) {
            action();
            settle();
        }
    });
}

void runtime::run() {
    // The machine may have something due before the first input.
    arm();
    const auto keep_running = asio::make_work_guard(io_);
    io_.run();
}

void runtime::stop() {
    asio::post(io_, [this] { begin_stop(); });
}

void runtime::post(std::function<void()> action) {
    asio::post(io_, [this, action = std::move(action)] {
        action();
        settle();
    });
}

void runtime::act(const std::function<void(timing::instant, proxy::effects&)>& action) {
    action(now(), effects_);
}

std::uint16_t runtime::listener_port(sip::listener_id id) const {
    return id < udp_.size() && udp_[id] ? udp_[id]->port() : tcp_.port(id);
}

void runtime::deliver(const proxy::input& what) {
    if (is_stopping_) {
        ++counts_.inputs_dropped_stopping;
        return;
    }
    ++counts_.machine_steps;
    const auto time = now();
    if (!std::holds_alternative<proxy::tick>(what)) {
        tell_load(time);
    }
    machine_.step(time, what, effects_);
}

void runtime::tell_load(timing::instant time) {
    if (const auto sample = load_.look(time.mono, udp_descriptors_)) {
        machine_.step(time, *sample, effects_);
    }
}

void runtime::report(proxy::input what) {
    if (is_stopping_) {
        ++counts_.inputs_dropped_stopping;
        return;
    }
    reported_.push_back(std::move(what));
}

void runtime::note(const proxy::log_line& line) {
    if (log_) {
        log_(line);
    }
}

bool runtime::has_effects() const {
    return !effects_.messages.entries().empty() || !effects_.close_flows.empty() ||
           !effects_.resolves.empty() || !effects_.links.actions().empty() ||
           !effects_.log.empty() || !effects_.names.empty() || !effects_.holds.empty();
}

void runtime::settle() {
    int round = 0;
    do {
        perform();
        step_reported();
        ++round;
    } while ((has_effects() || !reported_.empty()) && round < max_rounds);
    if ((has_effects() || !reported_.empty()) && !is_settle_posted_) {
        is_settle_posted_ = true;
        asio::post(io_, [this] {
            is_settle_posted_ = false;
            settle();
        });
    }
    if (is_stopping_) {
        finish_stop_if_drained();
    } else {
        arm();
    }
}

void runtime::step_reported() {
    // A step asks for effects but performs none, so nothing is reported while this loop runs.
    for (const auto& what : reported_) {
        deliver(what);
    }
    reported_.clear();
}

void runtime::perform() {
    if (has_effects()) {
        for (auto& name : effects_.names) {
            tcp_.set_name(name.number, std::move(name.domain));
        }
        for (const auto& hold : effects_.holds) {
            tcp_.hold(hold.flow, hold.until);
        }
        perform_messages();
        // After the messages: the last answer on a flow goes out before it is closed.
        for (const auto flow : effects_.close_flows) {
            tcp_.close(flow);
        }
        mesh_.perform(effects_.links);
        for (auto& request : effects_.resolves) {
            resolve(std::move(request));
        }
        for (const auto& line : effects_.log) {
            note(line);
        }
        effects_.clear();
    }
    // Also without effects: the shell itself answers pings.
    tcp_.flush();
}

void runtime::perform_messages() {
    for (const auto& entry : effects_.messages.entries()) {
        const auto bytes = effects_.messages.bytes(entry);
        const auto& to = entry.to;
        if (to.remote.transport != sip::transport::udp) {
            tcp_.send(to, entry.token, bytes);
        } else if (to.listener < udp_.size() && udp_[to.listener]) {
            udp_[to.listener]->send(to, entry.token, bytes);
        } else {
            ++counts_.send_no_such_listener;
            if (entry.token != 0) {
                report(proxy::send_failed{to, entry.token});
            }
        }
    }
    for (const auto& socket : udp_) {
        if (socket) {
            socket->flush();
        }
    }
    tcp_.flush();
}

void runtime::resolve(proxy::resolve_request request) {
    if (resolver_ == nullptr) {
        report(proxy::resolved{request.query, {}, "no resolver"});
        return;
    }
    resolver_->resolve(std::move(request), [this](proxy::resolved answer) {
        // Through the queue, because the answer may come from another thread or at once.
        asio::post(io_, [this, answer = std::move(answer)] {
            report(answer);
            settle();
        });
    });
}

void runtime::arm() {
    auto due = machine_.next_deadline();
    if (due == timing::never) {
        return;
    }
    // A tick that left the deadline in the past is not repeated at once.
    due = std::max(due, last_tick_ + min_tick_distance);
    // A deadline that moved away is noticed when the timer fires: fewer system calls than moving
    // the timer with each step.
    if (due >= armed_) {
        return;
    }
    armed_ = due;
    timer_.expires_at(due);
    timer_.async_wait([this](boost::system::error_code error) {
        if (!error) {
            on_timer();
        }
    });
}

void runtime::on_timer() {
    armed_ = timing::never;
    const auto time = mono_now();
    if (!is_stopping_ && machine_.next_deadline() <= time) {
        ++counts_.machine_ticks;
        last_tick_ = time;
        deliver(proxy::tick{});
    }
    settle();
}

void runtime::begin_stop() {
    if (is_stopping_) {
        return;
    }
    settle();
    is_stopping_ = true;
    boost::system::error_code ignored;
    signals_.cancel(ignored);
    other_signals_.clear();
    timer_.cancel();
    closing_timer_.cancel();
    if (admin_) {
        admin_->stop();
    }
    tcp_.stop(options_.stop_grace);
    mesh_.stop(options_.stop_grace);
    stop_timer_.expires_after(options_.stop_grace);
    stop_timer_.async_wait([this](boost::system::error_code error) {
        if (!error) {
            io_.stop();
        }
    });
    finish_stop_if_drained();
}

void runtime::finish_stop_if_drained() {
    const auto is_idle = [](const auto& socket) { return !socket || socket->is_drained(); };
    if (tcp_.is_drained() && mesh_.is_drained() && std::all_of(udp_.begin(), udp_.end(), is_idle)) {
        io_.stop();
    }
}

}  // namespace sipha::shell
