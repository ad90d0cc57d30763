#include "proxy/shell/counters.hpp"

#include <array>

namespace sipha::shell {

namespace {

constexpr std::array fields = {
    counter_field{"machine_steps", &counters::machine_steps},
    counter_field{"machine_ticks", &counters::machine_ticks},
    counter_field{"udp_wakeups", &counters::udp_wakeups},
    counter_field{"udp_received", &counters::udp_received},
    counter_field{"udp_sent", &counters::udp_sent},
    counter_field{"udp_stun_answered", &counters::udp_stun_answered},
    counter_field{"tcp_accepted", &counters::tcp_accepted},
    counter_field{"tcp_connected", &counters::tcp_connected},
    counter_field{"tcp_received", &counters::tcp_received},
    counter_field{"tcp_sent", &counters::tcp_sent},
    counter_field{"tls_handshakes", &counters::tls_handshakes},
    counter_field{"tcp_pings", &counters::tcp_pings},
    counter_field{"links_opened", &counters::links_opened},
    counter_field{"udp_dropped_oversize", &counters::udp_dropped_oversize},
    counter_field{"udp_dropped_bad_source", &counters::udp_dropped_bad_source},
    counter_field{"udp_stun_ignored", &counters::udp_stun_ignored},
    counter_field{"udp_dropped_queue_full", &counters::udp_dropped_queue_full},
    counter_field{"udp_send_errors", &counters::udp_send_errors},
    counter_field{"udp_icmp_errors", &counters::udp_icmp_errors},
    counter_field{"send_no_such_listener", &counters::send_no_such_listener},
    counter_field{"send_no_such_flow", &counters::send_no_such_flow},
    counter_field{"send_connection_cap", &counters::send_connection_cap},
    counter_field{"send_connection_lost", &counters::send_connection_lost},
    counter_field{"tcp_refused_total_cap", &counters::tcp_refused_total_cap},
    counter_field{"tcp_refused_source_cap", &counters::tcp_refused_source_cap},
    counter_field{"tcp_closed_framing", &counters::tcp_closed_framing},
    counter_field{"tcp_closed_slow_message", &counters::tcp_closed_slow_message},
    counter_field{"tcp_closed_idle", &counters::tcp_closed_idle},
    counter_field{"tcp_closed_queue_full", &counters::tcp_closed_queue_full},
    counter_field{"tcp_closed_error", &counters::tcp_closed_error},
    counter_field{"tcp_connect_failed", &counters::tcp_connect_failed},
    counter_field{"tcp_connect_timeout", &counters::tcp_connect_timeout},
    counter_field{"tls_handshake_failed", &counters::tls_handshake_failed},
    counter_field{"tls_refused_handshake_cap", &counters::tls_refused_handshake_cap},
    counter_field{"tcp_handshake_timeout", &counters::tcp_handshake_timeout},
    counter_field{"tcp_bytes_after_close", &counters::tcp_bytes_after_close},
    counter_field{"accept_paused", &counters::accept_paused},
    counter_field{"accept_errors", &counters::accept_errors},
    counter_field{"links_refused_cap", &counters::links_refused_cap},
    counter_field{"links_dial_failed", &counters::links_dial_failed},
    counter_field{"links_closed_queue_full", &counters::links_closed_queue_full},
    counter_field{"links_closed_error", &counters::links_closed_error},
    counter_field{"links_dropped_sends", &counters::links_dropped_sends},
    counter_field{"inputs_dropped_stopping", &counters::inputs_dropped_stopping},
    counter_field{"admin_refused_cap", &counters::admin_refused_cap},
    counter_field{"admin_line_too_long", &counters::admin_line_too_long},
    counter_field{"admin_timeouts", &counters::admin_timeouts},
};
static_assert(
    fields.size() * sizeof(std::uint64_t) == sizeof(counters), "a counter is missing in the table"
);

}  // namespace

std::span<const counter_field> counter_fields() {
    return fields;
}

}  // namespace sipha::shell
