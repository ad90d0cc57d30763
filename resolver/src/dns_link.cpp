#include "resolver/src/dns_link.hpp"

#include <algorithm>
#include <utility>

#include "resolver/src/secure_random.hpp"

namespace sipha::resolver::detail {
namespace {

client_options client_options_of(const engine_options& options) {
    client_options out;
    out.timing = {
        options.attempt_timeout,
        options.min_attempt_timeout,
        options.max_attempt_timeout,
        options.hedge_delay,
        options.min_hedge_delay};
    out.query_budget = options.query_budget;
    out.ad = options.ad;
    out.name_case = options.name_case;
    return out;
}

bool is_loopback(const address& ip) {
    const auto bytes = ip.bytes();
    return ip.family() == address_family::v4 ? bytes[0] == 127 : ip == *address::parse("::1");
}

std::vector<client_server> with_trust(const std::vector<dns_server>& servers, ad_trust trust) {
    std::vector<client_server> out;
    for (const auto& server : servers) {
        out.push_back({server, is_loopback(server.ip) ? ad_trust::yes : trust});
    }
    return out;
}

std::vector<client_server> with_trust(const resolv_conf& read) {
    return with_trust(read.servers, read.trust);
}

std::vector<client_server> first_servers(const engine_options& options, system_servers* system) {
    if (options.servers.empty() && system) {
        return with_trust(system->read({}));
    }
    return options.servers.empty() ? with_trust(parse_resolv_conf({}))
                                   : with_trust(options.servers, ad_trust::no);
}

}  // namespace

dns_link::dns_link(
    const engine_options& options,
    std::unique_ptr<dns_transport> transport,
    std::unique_ptr<system_servers> system
)
    : transport_(std::move(transport)),
      system_(std::move(system)),
      servers_(first_servers(options, system_.get())),
      client_(servers_, client_options_of(options), secure_random()) {
    std::vector<dns_server> places;
    for (const auto& server : servers_) {
        places.push_back(server.place);
    }
    transport_->use_servers(places);
}

void dns_link::use_servers(time_point now, std::vector<client_server> servers) {
    std::vector<dns_server> places;
    for (const auto& server : servers) {
        places.push_back(server.place);
    }
    servers_ = std::move(servers);
    transport_->use_servers(places);
    client_.use_servers(now, servers_);
}

void dns_link::ask(time_point now, question asked) {
    follow_system(now);
    if (now - last_turn_ > idle_limit) {
        process(now);
    }
    client_.ask(now, std::move(asked));
    send_packets(now);
}

void dns_link::follow_system(time_point now) {
    if (!system_) {
        return;
    }
    if (const auto read = system_->changed(now)) {
        auto servers = with_trust(*read);
        if (servers != servers_) {
            use_servers(now, std::move(servers));
        }
    }
}

void dns_link::send_packets(time_point now) {
    for (auto& packet : client_.take_packets()) {
        transport_->send(now, std::move(packet));
    }
}

void dns_link::process(time_point now) {
    last_turn_ = now;
    transport_->process(now);
    for (const auto& arrival : transport_->take_arrivals()) {
        client_.receive(now, arrival);
    }
    client_.advance(now);
    send_packets(now);
}

void dns_link::network_changed(time_point now) {
    client_.drop_questions();
    use_servers(now, system_ ? with_trust(system_->read(now)) : servers_);
}

time_point dns_link::next_deadline() const {
    if (client_.has_answers()) {
        return {};  // ended inside `ask`, to be taken by the next turn
    }
    return std::min(client_.next_deadline(), transport_->next_deadline());
}

}  // namespace sipha::resolver::detail
