#include "resolver/stub/counters.hpp"

#include <array>

namespace sipha::resolver::stub {

std::span<const counter_field> counter_fields() {
    static constexpr std::array fields{
        counter_field{"queries_udp", &counters::queries_udp},
        counter_field{"queries_tcp", &counters::queries_tcp},
        counter_field{"answered", &counters::answered},
        counter_field{"forwarded", &counters::forwarded},
        counter_field{"forward_answered", &counters::forward_answered},
        counter_field{"forward_retries", &counters::forward_retries},
        counter_field{"held", &counters::held},
        counter_field{"orders_changed", &counters::orders_changed},
        counter_field{"faulty", &counters::faulty},
        counter_field{"refused_no_forward", &counters::refused_no_forward},
        counter_field{"failed_unlocated", &counters::failed_unlocated},
        counter_field{"failed_held_full", &counters::failed_held_full},
        counter_field{"failed_forward_full", &counters::failed_forward_full},
        counter_field{"failed_forward_timeout", &counters::failed_forward_timeout},
        counter_field{"failed_to_build", &counters::failed_to_build},
        counter_field{"truncated", &counters::truncated},
        counter_field{"ignored_not_query", &counters::ignored_not_query},
        counter_field{"ignored_bad_source", &counters::ignored_bad_source},
        counter_field{"ignored_upstream_reply", &counters::ignored_upstream_reply},
        counter_field{"udp_send_failed", &counters::udp_send_failed},
        counter_field{"tcp_accepted", &counters::tcp_accepted},
        counter_field{"tcp_refused_full", &counters::tcp_refused_full},
        counter_field{"tcp_closed_idle", &counters::tcp_closed_idle},
        counter_field{"tcp_closed_broken", &counters::tcp_closed_broken},
        counter_field{"tcp_closed_slow", &counters::tcp_closed_slow},
        counter_field{"tcp_reply_unclaimed", &counters::tcp_reply_unclaimed},
    };
    static_assert(fields.size() * sizeof(std::uint64_t) == sizeof(counters));
    return fields;
}

}  // namespace sipha::resolver::stub
