#include "tests/sim/world.hpp"

#include <algorithm>
#include <array>

namespace sipha::sim {

namespace {

constexpr std::uint16_t sip_port = 5060;

sip::endpoint node_address(unsigned number) {
    return {sip::transport::udp, ip(10, 0, 0, number), sip_port};
}

cluster::node_id id_of(unsigned number) {
    return {static_cast<std::uint16_t>(number)};
}

}  // namespace

geo::ip_address ip(unsigned a, unsigned b, unsigned c, unsigned d) {
    const std::array<std::uint8_t, 4> octets{
        static_cast<std::uint8_t>(a),
        static_cast<std::uint8_t>(b),
        static_cast<std::uint8_t>(c),
        static_cast<std::uint8_t>(d)};
    return geo::ip_address::v4(octets);
}

world::world(world_options options)
    : options_(std::move(options)),
      log_(options_.trace),
      dice_("world/" + options_.seed),
      datagrams_(time_, dice_, log_),
      links_(time_, dice_, log_),
      guard_(time_, log_),
      ledger_(nodes_) {
    const node_host::surroundings around{time_, datagrams_, links_, log_};
    for (unsigned number = 1; number <= options_.nodes; ++number) {
        nodes_.push_back(std::make_unique<node_host>(around, node_options_of(number), options_.seed)
        );
        guard_.add_node(node_address(number));
    }
    carrier_ = std::make_unique<sim::carrier>(
        carrier::surroundings{time_, datagrams_, dice_},
        sip::endpoint{sip::transport::udp, ip(192, 0, 2, 10), sip_port}
    );
    guard_.add_carrier(carrier_->address());
    datagrams_.set_tap([this](const auto& from, const auto& to, auto bytes) {
        guard_.watch(from, to, bytes);
    });
}

proxy::node_options world::node_options_of(unsigned number) const {
    proxy::node_options node;
    node.name = "node" + std::to_string(number);
    node.domains = {"example.com"};
    node.listeners = {node_address(number)};
    node.registrar.allow_from = {
        *geo::ip_prefix::parse("198.51.100.0/24"), *geo::ip_prefix::parse("203.0.113.0/24")};
    node.policy.trusted = {*geo::ip_prefix::parse("192.0.2.0/24")};
    node.pinger.interval = options_.ping_interval;
    node.cluster.self = id_of(number);
    node.cluster.cluster_name = "sim";
    node.cluster.secret = "a secret of the simulated cluster";
    for (unsigned other = 1; other <= options_.nodes; ++other) {
        if (other != number) {
            node.cluster.peers.push_back({id_of(other), "node" + std::to_string(other)});
            node.peer_sip[id_of(other)] = node_address(other);
        }
    }
    node.ack = options_.ack;
    return node;
}

void world::start_all() {
    for (const auto& node : nodes_) {
        node->start();
    }
}

void world::partition(const std::vector<std::vector<unsigned>>& groups) {
    const auto group_of = [&](unsigned number) {
        const auto found = std::find_if(groups.begin(), groups.end(), [&](const auto& group) {
            return std::find(group.begin(), group.end(), number) != group.end();
        });
        // A node in no group gets one of its own.
        return found == groups.end() ? groups.size() + number
                                     : static_cast<std::size_t>(found - groups.begin());
    };
    log_.note(time_.elapsed(), "world", "partition");
    for (unsigned from = 1; from <= node_count(); ++from) {
        for (unsigned to = 1; to <= node_count(); ++to) {
            if (group_of(from) != group_of(to)) {
                cut(from, to);
            }
        }
    }
}

void world::cut(unsigned from, unsigned to) {
    log_.note(
        time_.elapsed(), "world", "cut " + std::to_string(from) + " to " + std::to_string(to)
    );
    datagrams_.block(node_address(from).ip, node_address(to).ip);
    links_.block(id_of(from), id_of(to));
}

void world::heal() {
    log_.note(time_.elapsed(), "world", "heal");
    datagrams_.unblock_all();
    links_.unblock_all();
}

phone& world::add_phone(const phone_plan& plan) {
    const auto number = static_cast<unsigned>(phones_.size() + 1);
    phone_options options;
    options.user = "p" + std::to_string(number);
    options.expires = plan.expires;
    options.edge_limit = plan.edge_limit;
    options.nat_timeout = plan.nat_timeout;
    const auto high = number / 250;
    const auto low = number % 250 + 1;
    if (plan.where == phone_plan::place::behind_nat) {
        options.local = {sip::transport::udp, ip(192, 168, high, low), sip_port};
        options.nat_address = ip(203, 0, 113, low);
    } else {
        options.local = {sip::transport::udp, ip(198, 51, 100, low), sip_port};
    }
    for (const auto& node : nodes_) {
        options.edges.push_back(node->sip_address());
    }
    phones_.push_back(
        std::make_unique<phone>(phone::surroundings{time_, datagrams_, dice_}, options)
    );
    phones_.back()->on_acknowledged([this](const phone& which) { ledger_.note(which); });
    return *phones_.back();
}

bool world::run_until(const std::function<bool()>& condition, duration limit) {
    const auto end = time_.now() + limit;
    while (!condition()) {
        if (time_.now() >= end) {
            return false;
        }
        time_.run_for(std::chrono::milliseconds(50));
    }
    return true;
}

bool world::are_all_ready() const {
    return std::all_of(nodes_.begin(), nodes_.end(), [](const auto& node) {
        return node->node() == nullptr || node->is_ready();
    });
}

bool world::are_digests_equal() const {
    const node_host* first = nullptr;
    for (const auto& node : nodes_) {
        if (node->node() == nullptr) {
            continue;
        }
        first = first == nullptr ? node.get() : first;
        if (node->node()->location().digest() != first->node()->location().digest()) {
            return false;
        }
    }
    return true;
}

bool world::are_views_settled() const {
    std::vector<cluster::node_id> living;
    for (const auto& node : nodes_) {
        if (node->node() != nullptr) {
            living.push_back(node->id());
        }
    }
    return std::all_of(nodes_.begin(), nodes_.end(), [&](const auto& node) {
        return node->node() == nullptr ||
               std::ranges::equal(node->node()->cluster().ready_members(), living);
    });
}

}  // namespace sipha::sim
