#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include <sipha/resolver/dns_transport.hpp>
#include <sipha/resolver/metrics.hpp>
#include <sipha/resolver/options.hpp>

#include "resolver/src/dns_client.hpp"
#include "resolver/src/system_servers.hpp"

namespace sipha::resolver::detail {

/// The engine's way to the DNS: the client decides, the transport moves, and the system's list of
/// servers is followed when the options name none.
class dns_link {
  public:
    /// After so long without a turn of the loop a new question reads first what has arrived
    /// meanwhile: an answer that waited unread is not silence.
    static constexpr std::chrono::milliseconds idle_limit{10};

    /// @param transport not null. @param system null when the servers do not come from the system;
    /// without servers in the options that is 127.0.0.1.
    dns_link(
        const engine_options& options,
        std::unique_ptr<dns_transport> transport,
        std::unique_ptr<system_servers> system
    );

    void ask(time_point now, question asked);
    /// Moves bytes and runs deadlines; never blocks.
    void process(time_point now);
    std::vector<answered_question> take_answers() { return client_.take_answers(); }
    int fd() const { return transport_->fd(); }
    time_point next_deadline() const;
    /// Another network: what is open is forgotten (it is asked again by its owner), the servers are
    /// read again and nothing is known of them.
    void network_changed(time_point now);
    dns_metrics metrics() const { return client_.metrics(); }

  private:
    void use_servers(time_point now, std::vector<client_server> servers);
    void follow_system(time_point now);
    void send_packets(time_point now);

    std::unique_ptr<dns_transport> transport_;
    std::unique_ptr<system_servers> system_;
    std::vector<client_server> servers_;
    dns_client client_;
    time_point last_turn_{};
};

}  // namespace sipha::resolver::detail
