// An upgrade: one process of a node hands its work to the next without losing a request.
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include "proxy/daemon/daemon.hpp"
#include "proxy/daemon/start_program.hpp"
#include "proxy/shell/clock.hpp"

namespace sipha::daemon {

using namespace std::chrono_literals;
using kind = handover_channel::kind;

namespace {

/// The longest life of an ordinary transaction is 64*T1 = 32 s; a call that rings may take longer.
constexpr auto longest_handover = 5min;
constexpr auto end_check = 100ms;
constexpr auto record_limit = 5s;
constexpr auto datagram_limit = 20ms;
constexpr std::size_t snapshot_bytes = 32 * 1024;

}  // namespace

std::string process::upgrade() {
    if (handing_ != handover_state::none || is_stopping_) {
        return "another process is taking over already, or this one stops";
    }
    const auto loaded = config::load(config_path_);
    if (!loaded.options) {
        const auto findings = loaded.diag.sorted();
        return "the configuration is refused, so no process was started: " +
               (findings.empty() ? "" : loaded.diag.format(findings.front()));
    }
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        return std::string("cannot make a channel: ") + std::strerror(errno);
    }
    handover_channel ours(ends[0]);
    const handover_channel theirs(ends[1]);
    const auto& node = node_.options();
    handover_hello hello;
    hello.epoch = node.epoch;
    hello.key = node.cluster.secret.empty() ? node.random_seed : node.cluster.secret;
    hello.descriptors = runtime_.listening_descriptors();
    if (http_) {
        hello.descriptors["http"] = http_->descriptor();
    }
    program_start start;
    start.path = program_path();
    start.arguments = {"--config", config_path_};
    start.environment = manager_.environment();
    start.environment[handover_variable] = std::to_string(theirs.descriptor());
    start.descriptors = {theirs.descriptor()};
    for (const auto& [name, descriptor] : hello.descriptors) {
        start.descriptors.push_back(descriptor);
    }
    const auto started = start_program(start);
    if (!started.error.empty()) {
        return started.error;
    }
    ours.send(kind::hello, hello.encode(), record_limit);
    note(proxy::log_level::info, "event=upgrade_started pid=" + std::to_string(started.pid));
    handing_ = handover_state::starting;
    // The runtime owns the descriptor it waits for; the channel keeps its own.
    runtime_.on_readable(::dup(ours.descriptor()), [this] { return on_successor(); });
    successor_ = std::move(ours);
    return {};
}

shell::runtime::reading process::on_successor() {
    const auto message = successor_->receive(0ms);
    if (message.what == kind::prepared) {
        hand_over();
        return shell::runtime::reading::goes_on;
    }
    if (message.what != kind::closed) {
        return shell::runtime::reading::goes_on;
    }
    ::waitpid(-1, nullptr, WNOHANG);
    if (handing_ == handover_state::over) {
        // Who watches the processes of this node starts another one; this one has no sockets left
        // to accept connections on.
        note(proxy::log_level::error, "event=successor_died");
        stop_gently("cause=successor_died");
    } else {
        note(
            proxy::log_level::error,
            "event=upgrade_failed remedy=\"its own log tells why; this process goes on\""
        );
        handing_ = handover_state::none;
    }
    successor_.reset();
    return shell::runtime::reading::ends;
}

void process::hand_over() {
    if (!send_registrations()) {
        note(proxy::log_level::error, "event=upgrade_failed reason=snapshot");
        successor_->close();
        handing_ = handover_state::none;
        return;
    }
    handing_ = handover_state::over;
    runtime_.hand_over_streams();
    if (http_) {
        http_->stop();
    }
    successor_->send(kind::go, {}, record_limit);
    // On connections that are not closed yet everything goes on, but registrations belong to the
    // new process: phones come to it with their next connection.
    node_.set_draining(ha::drain_state::registrations);
    runtime_.close_accepted_flows(options_.operation.drain_spread);
    handover_.give_away(
        [this](const proxy::sip_received& what) { return node_.is_known(what); },
        [this](const proxy::sip_received& what) {
            handed_datagram datagram;
            datagram.listener = options_.node.listeners[what.from.listener].to_string();
            datagram.remote = what.from.remote;
            datagram.bytes = what.bytes;
            const bool is_taken =
                successor_ && successor_->send(kind::datagram, datagram.encode(), datagram_limit);
            ++(is_taken ? datagrams_handed_ : datagrams_lost_);
        }
    );
    note(proxy::log_level::info, "event=handed_over");
    end_handover(shell::now().mono + longest_handover);
}

bool process::send_registrations() {
    std::string cursor;
    do {
        auto chunk = node_.location().snapshot(shell::now(), cursor, snapshot_bytes);
        for (const auto& record : chunk.payloads) {
            if (!successor_->send(kind::record, record, record_limit)) {
                return false;
            }
        }
        cursor = std::move(chunk.next_cursor);
    } while (!cursor.empty());
    return true;
}

void process::end_handover(timing::time_point limit) {
    const auto& transactions = node_.transactions();
    const bool is_empty = transactions.server_count() == 0 && transactions.client_count() == 0 &&
                          runtime_.flows_to_close() == 0;
    if (!is_empty && shell::now().mono < limit) {
        runtime_.call_later(end_check, [this, limit] { end_handover(limit); });
        return;
    }
    note(
        proxy::log_level::info,
        "event=handover_ends datagrams_handed=" + std::to_string(datagrams_handed_) +
            " datagrams_lost=" + std::to_string(datagrams_lost_)
    );
    is_stopping_ = true;
    // In this order: what comes from now on stays in the kernel until the other process reads it.
    runtime_.pause_datagrams();
    successor_.reset();
    runtime_.stop();
}

void process::receive_registrations() {
    // Sockets of the old configuration that the new one does not use.
    for (const auto& [name, descriptor] : before_->hello.descriptors) {
        ::close(descriptor);
    }
    before_->channel.send(kind::prepared, {}, record_limit);
    std::size_t records = 0;
    for (;;) {
        const auto message = before_->channel.receive(10s);
        if (message.what == kind::go) {
            break;
        }
        if (message.what != kind::record) {
            throw std::runtime_error("the process to take over from ended the handover");
        }
        node_.adopt_registration(shell::now(), message.text);
        ++records;
    }
    node_.finish_adoption(shell::now());
    note(proxy::log_level::info, "event=taken_over records=" + std::to_string(records));
    runtime_.on_readable(::dup(before_->channel.descriptor()), [this] { return on_predecessor(); });
}

shell::runtime::reading process::on_predecessor() {
    for (;;) {
        const auto message = before_->channel.receive(0ms);
        if (message.what == kind::nothing) {
            return shell::runtime::reading::goes_on;
        }
        if (message.what == kind::closed) {
            note(proxy::log_level::info, "event=predecessor_ended");
            before_.reset();
            runtime_.read_datagrams();
            return shell::runtime::reading::ends;
        }
        if (message.what == kind::datagram) {
            take_datagram(message.text);
        }
    }
}

void process::take_datagram(std::string_view text) {
    const auto datagram = handed_datagram::decode(text);
    const auto& listeners = options_.node.listeners;
    for (std::size_t i = 0; datagram && i < listeners.size(); ++i) {
        if (listeners[i].to_string() != datagram->listener) {
            continue;
        }
        const sip::hop from{static_cast<sip::listener_id>(i), datagram->remote, 0};
        runtime_.act([&](timing::instant now, proxy::effects& out) {
            handover_.step(now, proxy::sip_received{from, datagram->bytes}, out);
        });
        return;
    }
    ++datagrams_lost_;
}

}  // namespace sipha::daemon
