#include "tests/resolver/cases/world.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace sipha::resolver::test::cases {
namespace {

/// More turns than any case takes without time passing: the engine would never come to rest.
constexpr int endless = 100'000;

}  // namespace

world::world(const fields& setup, std::uint64_t seed)
    : options_(parse_options(setup.map("options"))) {
    auto network = std::make_unique<dns_network>();
    dns_ = network.get();
    dns_->set_content(make_zone_text(setup.text_or("zone", ""), setup.map("repeat")));
    std::vector<dns_manner> manners;
    for (const auto& keys : setup.maps("servers")) {
        manners.push_back(parse_manner(keys));
    }
    manners.resize(std::max<std::size_t>(1, manners.size()));
    engine_options options;
    options.servers = places(manners.size());
    dns_->set_servers(std::move(manners));
    auto doubles = std::make_unique<place_double>();
    places_ = doubles.get();
    engine_ports ports;
    ports.transport = std::move(network);
    ports.probes = std::move(doubles);
    ports.clock = [this] { return now_; };
    ports.seed = seed;
    engine_ = std::make_unique<resolver::engine>(options, std::move(ports));
}

void world::prepare(const fields& step) {
    if (const auto at = step.duration("at")) {
        if (start + *at < now_) {
            throw std::invalid_argument(step.where() + ": that moment is past");
        }
        run_until(start + *at);
    }
    if (step.has("zone")) {
        dns_->set_content(make_zone_text(step.text("zone"), std::nullopt));
    }
    if (step.has("dns")) {
        dns_->set_mood(parse_mood(step.text("dns")));
    }
    for (const auto& [host, word] : step.table("places")) {
        places_->set(now_, host, word);
    }
    if (step.flag("network_changed").value_or(false)) {
        engine_->network_changed();
    }
    if (const auto jump = step.duration("clock")) {
        now_ += *jump;
    }
    dns_->forget_queries();
}

void world::settle() {
    int turns = 0;
    do {
        engine_->process();
        if (++turns == endless) {
            throw std::runtime_error("the engine is always due and never done");
        }
    } while (engine_->timeout() == duration(0));
}

void world::run_to_next(time_point limit) {
    const auto sleep = engine_->timeout();
    now_ = std::max(now_, sleep ? std::min(limit, now_ + *sleep) : limit);
    settle();
}

void world::run_until(time_point end) {
    run_until(end, [] { return false; });
}

bool world::run_until(time_point end, const std::function<bool()>& claim) {
    for (;;) {
        settle();
        if (claim()) {
            return true;
        }
        const auto sleep = engine_->timeout();
        if (!sleep || now_ + *sleep > end) {
            now_ = std::max(now_, end);
            settle();
            return claim();
        }
        now_ += *sleep;
    }
}

}  // namespace sipha::resolver::test::cases
