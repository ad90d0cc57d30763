#include "tests/proxy/shell/echo_machine.hpp"

#include <variant>

namespace sipha::shell::test {

void echo_machine::step(timing::instant now, const proxy::input& what, proxy::effects& out) {
    if (std::holds_alternative<proxy::tick>(what)) {
        deadline_ = timing::never;
    }
    if (react_) {
        react_(now, what, out);
    }
    const std::lock_guard lock(mutex_);
    write_down(what);
    changed_.notify_all();
}

timing::time_point echo_machine::next_deadline() const {
    return deadline_;
}

bool echo_machine::wait_for(
    const std::function<bool(const journal&)>& claim, std::chrono::milliseconds limit
) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [&] { return claim(journal_); });
}

journal echo_machine::snapshot() const {
    const std::lock_guard lock(mutex_);
    return journal_;
}

void echo_machine::echo(timing::instant, const proxy::input& what, proxy::effects& out) {
    if (const auto* message = std::get_if<proxy::sip_received>(&what)) {
        out.messages.add(message->from, 0, message->bytes);
    }
}

void echo_machine::write_down(const proxy::input& what) {
    ++journal_.steps;
    if (const auto* message = std::get_if<proxy::sip_received>(&what)) {
        journal_.messages.push_back({message->from, std::string(message->bytes)});
    } else if (const auto* closed = std::get_if<proxy::flow_closed>(&what)) {
        journal_.closed_flows.push_back(closed->flow);
    } else if (const auto* failed = std::get_if<proxy::send_failed>(&what)) {
        journal_.failures.push_back(*failed);
    } else if (const auto* answer = std::get_if<proxy::resolved>(&what)) {
        journal_.resolutions.push_back(*answer);
    } else if (const auto* opened = std::get_if<proxy::link_opened>(&what)) {
        journal_.opened_links.push_back(*opened);
    } else if (const auto* ended = std::get_if<proxy::link_closed>(&what)) {
        journal_.closed_links.push_back(*ended);
    } else if (const auto* bytes = std::get_if<proxy::link_received>(&what)) {
        journal_.link_bytes[bytes->link].append(bytes->bytes);
    } else {
        ++journal_.ticks;
    }
}

}  // namespace sipha::shell::test
