#include "tests/sim/nat.hpp"

namespace sipha::sim {

nat::nat(surroundings around, const geo::ip_address& public_address, duration timeout)
    : around_(around), public_address_(public_address), timeout_(timeout) {
    around_.net.attach(public_address_, *this);
}

bool nat::is_alive(const mapping& which) const {
    return which.public_port != 0 && around_.time.now() - which.last_used < timeout_;
}

bool nat::is_open(const sip::endpoint& inside) const {
    const auto known = mappings_.find(inside);
    return known != mappings_.end() && is_alive(known->second);
}

void nat::send(const sip::endpoint& from, const sip::endpoint& to, std::string_view bytes) {
    auto& entry = mappings_[from];
    if (!is_alive(entry)) {
        entry.inside = from;
        entry.public_port = next_port_++;
    }
    entry.last_used = around_.time.now();
    around_.net.send({from.transport, public_address_, entry.public_port}, to, bytes);
}

void nat::on_datagram(const sip::endpoint& to, const sip::endpoint& from, std::string_view bytes) {
    for (auto& [inside, entry] : mappings_) {
        if (entry.public_port == to.port && is_alive(entry)) {
            entry.last_used = around_.time.now();  // RFC 4787 4.3 allows inbound refresh
            around_.inside.on_datagram(inside, from, bytes);
            return;
        }
    }
    ++refused_;
}

}  // namespace sipha::sim
