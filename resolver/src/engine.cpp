#include "sipha/resolver/engine.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <utility>

#include "resolver/src/cares_transport.hpp"
#include "resolver/src/dns_message.hpp"
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
        : transport(std::move(ports.transport)),
          clock(ports.clock ? std::move(ports.clock) : steady_time()),
          lookups(
              options.max_lookups,
              {.max_entries = options.max_cache_entries},
              ports.seed ? *ports.seed : random_seed()
          ) {
        descriptors.watch(transport->fd());
    }

    void send_questions(time_point now) {
        for (auto& asked : lookups.take_questions()) {
            const auto id = next_query++;
            const auto place = open.emplace(id, std::move(asked)).first;
            transport->send(now, id, place->second);
        }
    }

    void take_replies(time_point now) {
        for (auto& reply : transport->take_replies()) {
            auto found = open.extract(reply.id);
            if (found.empty()) {
                continue;
            }
            dns_answer answer;
            if (reply.error) {
                answer.error = reply.error;
            } else {
                answer = detail::decode_answer(found.mapped(), reply.message);
            }
            lookups.answer(now, found.mapped(), std::move(answer));
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

    std::unique_ptr<dns_transport> transport;
    std::function<time_point()> clock;
    detail::poll_set descriptors;
    detail::lookups lookups;
    std::map<query_id, question> open;
    query_id next_query = 1;
    std::map<lookup_id, lookup_callback> callbacks;
    std::deque<detail::finished_lookup> batch;
};

engine::engine(const engine_options& options)
    : engine(options, std::make_unique<detail::cares_transport>(options)) {}

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
    const auto next = std::min(state_->lookups.next_deadline(), state_->transport->next_deadline());
    if (next == never) {
        return std::nullopt;
    }
    const auto left = std::max(next - state_->clock(), time_point::duration::zero());
    // Rounded up: waking a little early would only spin.
    return std::chrono::ceil<std::chrono::milliseconds>(left);
}

void engine::process() {
    const auto now = state_->clock();
    state_->transport->process(now);
    state_->take_replies(now);
    state_->lookups.advance(now);
    state_->send_questions(now);
    state_->deliver();
}

std::size_t engine::pending() const {
    return state_->callbacks.size();
}

}  // namespace sipha::resolver
