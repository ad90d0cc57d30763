#include "sipha/resolver/engine.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <utility>

#include "resolver/src/cares_transport.hpp"
#include "resolver/src/dns_link.hpp"
#include "resolver/src/lookups.hpp"
#include "resolver/src/poll_set.hpp"

namespace sipha::resolver {
namespace {

std::uint64_t random_seed() {
    std::random_device source;
    return std::uint64_t{source()} << 32 | source();
}

std::function<time_point()> steady_time() {
    return [] { return std::chrono::steady_clock::now(); };
}

engine_ports ports_over(std::unique_ptr<dns_transport> transport) {
    engine_ports ports;
    ports.transport = std::move(transport);
    return ports;
}

}  // namespace

dns_transport::~dns_transport() = default;

struct engine::state {
    state(const engine_options& options, engine_ports ports)
        : dns(link_of(options, std::move(ports.transport))),
          clock(ports.clock ? std::move(ports.clock) : steady_time()),
          lookups(
              options.max_lookups, limits_of(options), ports.seed ? *ports.seed : random_seed()
          ) {
        descriptors.watch(dns.fd());
    }

    static detail::dns_link link_of(
        const engine_options& options, std::unique_ptr<dns_transport> transport
    ) {
        if (transport) {
            return {options, std::move(transport), nullptr};
        }
        return {
            options,
            std::make_unique<detail::cares_transport>(options.source, options.query_budget),
            options.servers.empty() ? std::make_unique<detail::system_servers>() : nullptr};
    }

    static detail::book_limits limits_of(const engine_options& options) {
        detail::book_limits limits;
        limits.max_entries = options.max_cache_entries;
        limits.max_bytes = options.max_cache_bytes;
        limits.max_stale = options.max_stale;
        limits.stale_delay = options.stale_delay;
        return limits;
    }

    void send_questions(time_point now) {
        for (auto& asked : lookups.take_questions()) {
            dns.ask(now, std::move(asked));
        }
    }

    void take_answers(time_point now) {
        for (auto& item : dns.take_answers()) {
            lookups.answer(now, item.asked, std::move(item.answer));
        }
    }

    /// Calls back what has finished by now; what finishes inside a callback waits for the next
    /// round, so that no callback runs inside the call that started it.
    void deliver() {
        for (auto& done : lookups.take_finished()) {
            batch.push_back(std::move(done));
        }
        for (auto count = batch.size(); count != 0 && !batch.empty(); --count) {
            auto done = std::move(batch.front());
            batch.pop_front();
            auto callback = callbacks.extract(done.id);
            callback.mapped()(done.error, std::move(done.result));
        }
    }

    detail::dns_link dns;
    std::function<time_point()> clock;
    detail::poll_set descriptors;
    detail::lookups lookups;
    std::map<lookup_id, lookup_callback> callbacks;
    std::deque<detail::finished_lookup> batch;
};

engine::engine(const engine_options& options) : engine(options, engine_ports{}) {}

engine::engine(const engine_options& options, std::unique_ptr<dns_transport> transport)
    : engine(options, ports_over(std::move(transport))) {}

engine::engine(const engine_options& options, engine_ports ports)
    : state_(std::make_unique<state>(options, std::move(ports))) {}

engine::~engine() {
    state_->lookups.cancel_all(errc::aborted);
    state_->deliver();
}

lookup_id engine::resolve(
    std::string_view uri, const lookup_options& options, lookup_callback done
) {
    const auto now = state_->clock();
    const auto id = state_->lookups.start(now, uri, options);
    state_->callbacks.emplace(id, std::move(done));
    state_->send_questions(now);
    return id;
}

void engine::cancel(lookup_id id) {
    state_->lookups.cancel(id);
    for (auto& done : state_->batch) {
        if (done.id == id) {
            done.error = errc::cancelled;
            done.result = {};
        }
    }
}

int engine::fd() const {
    return state_->descriptors.fd();
}

std::optional<std::chrono::milliseconds> engine::timeout() const {
    if (state_->lookups.has_finished() || !state_->batch.empty()) {
        return std::chrono::milliseconds(0);
    }
    const auto next = std::min(state_->lookups.next_deadline(), state_->dns.next_deadline());
    if (next == never) {
        return std::nullopt;
    }
    const auto left = std::max(next - state_->clock(), time_point::duration::zero());
    // Rounded up: waking a little early would only spin.
    return std::chrono::ceil<std::chrono::milliseconds>(left);
}

void engine::process() {
    const auto now = state_->clock();
    state_->dns.process(now);
    state_->take_answers(now);
    state_->lookups.advance(now);
    state_->send_questions(now);
    state_->deliver();
}

void engine::network_changed() {
    const auto now = state_->clock();
    state_->dns.network_changed(now);
    state_->lookups.flush(now);
    state_->send_questions(now);
}

dns_metrics engine::dns() const {
    return state_->dns.metrics();
}

cache_metrics engine::cache() const {
    return state_->lookups.book().metrics();
}

std::size_t engine::pending() const {
    return state_->callbacks.size();
}

}  // namespace sipha::resolver
