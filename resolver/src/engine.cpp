#include "sipha/resolver/engine.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <utility>
#include <variant>

#include "resolver/src/cares_transport.hpp"
#include "resolver/src/dns_link.hpp"
#include "resolver/src/lookups.hpp"
#include "resolver/src/poll_set.hpp"
#include "resolver/src/route_handle.hpp"
#include "resolver/src/session_hub.hpp"

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

detail::lookup_limits limits_of(const engine_options& options) {
    detail::lookup_limits limits;
    limits.max_lookups = options.max_lookups;
    limits.max_tables = options.max_tables;
    limits.book.max_entries = options.max_cache_entries;
    limits.book.max_bytes = options.max_cache_bytes;
    limits.book.max_stale = options.max_stale;
    limits.book.stale_delay = options.stale_delay;
    limits.health = options.health;
    return limits;
}

detail::dns_link link_of(const engine_options& options, std::unique_ptr<dns_transport> transport) {
    if (transport) {
        return {options, std::move(transport), nullptr};
    }
    return {
        options,
        std::make_unique<detail::cares_transport>(options.source, options.query_budget),
        options.servers.empty() ? std::make_unique<detail::system_servers>() : nullptr};
}

}  // namespace

dns_transport::~dns_transport() = default;

struct engine::state final : detail::route_owner {
    state(const engine_options& options, engine_ports ports)
        : dns(link_of(options, std::move(ports.transport))),
          probes(std::move(ports.probes)),
          clock(ports.clock ? std::move(ports.clock) : steady_time()),
          seed(ports.seed ? *ports.seed : random_seed()),
          lookups(limits_of(options), seed),
          host(std::make_shared<detail::route_owner*>(this)) {
        descriptors.watch(dns.fd());
    }
    ~state() { *host = nullptr; }  // routes may outlive the engine: they are exhausted then

    std::optional<candidate> next(lookup_id id) override {
        const auto now = clock();
        auto chosen = lookups.next(now, id);
        send_questions(now);
        return chosen;
    }
    bool is_exhausted(lookup_id id) override {
        const auto* way = lookups.find_route(id);
        return !way || way->is_exhausted(clock(), lookups.places());
    }
    std::error_code error(lookup_id id) override {
        const auto* way = lookups.find_route(id);
        return way ? way->error(clock(), lookups.places()) : make_error_code(errc::cancelled);
    }
    std::optional<std::chrono::seconds> retry_in(lookup_id id) override {
        const auto* way = lookups.find_route(id);
        return way ? way->retry_in(clock(), lookups.places()) : std::nullopt;
    }
    void when_ready(lookup_id id, std::function<void()> ready) override {
        const auto now = clock();
        if (!lookups.find_route(id)) {
            return;  // cancelled: nothing will ever be ready
        }
        waiting[id] = std::move(ready);
        lookups.await(now, id);
        send_questions(now);
    }
    std::vector<warning> warnings(lookup_id id) override {
        const auto* way = lookups.find_route(id);
        return way ? way->warnings() : std::vector<warning>();
    }
    explanation steps(lookup_id id) override {
        const auto* way = lookups.find_route(id);
        return way ? way->steps() : explanation();
    }
    void close(lookup_id id) override {
        waiting.erase(id);
        lookups.cancel(id);
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

    /// Something is to be called back that no descriptor announces.
    bool has_news() const {
        return lookups.has_news() || told != batch.size() || (sessions && sessions->has_events());
    }

    /// Calls back what has finished by now; what finishes inside a callback waits for the next
    /// round, so that no callback runs inside the call that started it.
    void deliver() {
        lookups.take_finished(finished);
        for (auto& done : finished) {
            batch.emplace_back(std::move(done));
        }
        for (const auto id : lookups.take_ready()) {
            batch.emplace_back(id);
        }
        for (auto count = batch.size() - told; count != 0 && told != batch.size(); --count) {
            auto news = std::move(batch[told++]);
            if (auto* done = std::get_if<detail::finished_lookup>(&news)) {
                tell_finished(std::move(*done));
            } else {
                tell_ready(std::get<lookup_id>(news));
            }
        }
        if (told == batch.size()) {
            batch.clear();
            told = 0;
        }
    }

    void keep(lookup_id id, lookup_callback done) {
        if (spare.empty()) {
            lists.emplace(id, std::move(done));
            return;
        }
        spare.key() = id;
        spare.mapped() = std::move(done);
        lists.insert(std::move(spare));
    }

    void tell_finished(detail::finished_lookup done) {
        if (auto list = lists.extract(done.id); !list.empty()) {
            const auto callback = std::exchange(list.mapped(), nullptr);
            spare = std::move(list);  // the next lookup needs no new one
            callback(done.error, std::move(done.result));
        } else if (auto opening = openings.extract(done.id); !opening.empty()) {
            opening.mapped()(done.error, route_set());
        }
    }

    void tell_ready(lookup_id id) {
        if (auto opening = openings.extract(id); !opening.empty()) {
            const auto* way = lookups.find_route(id);
            const auto now = clock();
            // A route that has a candidate is no error, whatever comes after that candidate.
            const auto reason = way ? way->error(now, lookups.places()) : std::error_code();
            opening.mapped()(
                way ? reason : make_error_code(errc::cancelled),
                route_set(std::make_shared<detail::route_handle>(host, id))
            );
        } else if (auto ready = waiting.extract(id); !ready.empty()) {
            ready.mapped()();
        }
    }

    /// A route that was opened but not told of yet: nobody has a handle of it.
    void cancel_opening(lookup_id id) {
        if (openings.contains(id)) {
            lookups.cancel(id);
            batch.emplace_back(detail::finished_lookup{id, errc::cancelled, {}});
        }
    }

    void abort_all() {
        lookups.cancel_all(errc::aborted);
        // What is dropped may hold the last handle of a route, which closes it: not in the map.
        std::exchange(waiting, {}).clear();
        for (const auto& opening : openings) {
            batch.emplace_back(detail::finished_lookup{opening.first, errc::aborted, {}});
        }
        deliver();
    }

    detail::dns_link dns;
    std::unique_ptr<prober> probes;  ///< until the first session takes it
    std::function<time_point()> clock;
    std::uint64_t seed;
    detail::poll_set descriptors;
    detail::lookups lookups;
    std::map<lookup_id, lookup_callback> lists;
    std::map<lookup_id, route_callback> openings;
    std::map<lookup_id, std::function<void()>> waiting;  ///< for an open route to go on
    std::map<lookup_id, lookup_callback>::node_type spare;
    std::vector<std::variant<detail::finished_lookup, lookup_id>> batch;
    std::size_t told = 0;                           ///< of the batch
    std::vector<detail::finished_lookup> finished;  ///< kept for its memory
    detail::route_handle::link host;
    std::shared_ptr<detail::session_hub> sessions;  ///< null before the first session
};

engine::engine(const engine_options& options) : engine(options, engine_ports{}) {}

engine::engine(const engine_options& options, std::unique_ptr<dns_transport> transport)
    : engine(options, ports_over(std::move(transport))) {}

engine::engine(const engine_options& options, engine_ports ports)
    : state_(std::make_unique<state>(options, std::move(ports))) {}

engine::~engine() {
    if (state_->sessions) {
        state_->sessions->shut();
    }
    state_->abort_all();
}

lookup_id engine::resolve(
    std::string_view uri, const lookup_options& options, lookup_callback done
) {
    const auto now = state_->clock();
    const auto id = state_->lookups.start(now, uri, options);
    state_->keep(id, std::move(done));
    state_->send_questions(now);
    return id;
}

std::optional<lookup_result> engine::try_resolve(
    std::string_view uri, const lookup_options& options
) {
    const auto now = state_->clock();
    auto result = state_->lookups.try_now(now, uri, options);
    if (state_->lookups.has_questions()) {
        state_->send_questions(now);  // an answer near its end was used: it is asked for again
    }
    return result;
}

lookup_id engine::open_route(
    std::string_view uri, const lookup_options& options, route_callback done
) {
    const auto now = state_->clock();
    const auto id = state_->lookups.open(now, uri, options);
    state_->openings.emplace(id, std::move(done));
    state_->send_questions(now);
    return id;
}

lookup_id engine::resolve_reply(
    const via_target& via, const lookup_options& options, lookup_callback done
) {
    const auto now = state_->clock();
    const auto id = state_->lookups.start(now, via, options);
    state_->keep(id, std::move(done));
    state_->send_questions(now);
    return id;
}

void engine::report(const candidate& place, const outcome& what) {
    state_->lookups.report(state_->clock(), place, what);
}

const health& engine::places() const {
    return state_->lookups.places();
}

void engine::network_changed() {
    const auto now = state_->clock();
    state_->dns.network_changed(now);
    state_->lookups.flush(now);
    state_->send_questions(now);
    if (state_->sessions) {
        state_->sessions->network_changed(now);
    }
}

std::size_t engine::open_sessions() const {
    return state_->sessions ? state_->sessions->size() : 0;
}

const std::shared_ptr<detail::session_hub>& engine::sessions() {
    if (!state_->sessions) {
        detail::session_hub::services use{
            state_->lookups.places(),
            state_->clock,
            [this](const std::string& uri, const lookup_options& options, lookup_callback done) {
                return resolve(uri, options, std::move(done));
            },
            [this](lookup_id id) { cancel(id); },
            state_->probes ? std::move(state_->probes) : make_net_prober(),
            state_->seed};
        state_->sessions = std::make_shared<detail::session_hub>(std::move(use));
        state_->descriptors.watch(state_->sessions->fd());
    }
    return state_->sessions;
}

metrics engine::snapshot() const {
    const auto& all = state_->lookups;
    metrics out;
    out.lookups = all.metrics();
    out.cache = all.book().metrics();
    out.dns = state_->dns.metrics();
    out.open_lookups = pending();
    out.open_routes = all.open_routes() - state_->openings.size();
    out.cached_answers = all.book().size();
    out.cached_bytes = all.book().bytes();
    out.cached_tables = all.tables();
    if (state_->sessions) {
        out.probes = state_->sessions->metrics();
        out.open_sessions = state_->sessions->size();
    }
    out.marked_places = all.places().size();
    return out;
}

void engine::cancel(lookup_id id) {
    state_->cancel_opening(id);
    state_->lookups.cancel(id);
    for (auto& news : state_->batch) {
        auto* done = std::get_if<detail::finished_lookup>(&news);
        if (done && done->id == id) {
            done->error = errc::cancelled;
            done->result = {};
        }
    }
}

int engine::fd() const {
    return state_->descriptors.fd();
}

std::optional<std::chrono::milliseconds> engine::timeout() const {
    if (state_->has_news()) {
        return std::chrono::milliseconds(0);
    }
    auto next = std::min(state_->lookups.next_deadline(), state_->dns.next_deadline());
    next = std::min(next, state_->sessions ? state_->sessions->next_deadline() : never);
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
    if (state_->sessions) {
        state_->sessions->process(now);
    }
    state_->send_questions(now);
    state_->deliver();
    if (state_->sessions) {
        state_->sessions->deliver();
    }
}

std::size_t engine::pending() const {
    return state_->lists.size() + state_->openings.size() + state_->waiting.size();
}

}  // namespace sipha::resolver
