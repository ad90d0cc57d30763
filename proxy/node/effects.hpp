#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "proxy/cluster/mesh/link_io.hpp"
#include "proxy/route/lookup.hpp"
#include "proxy/route/peer_names.hpp"
#include "proxy/sip/outbox.hpp"
#include "proxy/timing/clock.hpp"

/// Everything a node can want from the world.
namespace sipha::proxy {

/// Answered by one `resolved` with the same query.
using resolve_request = route::lookup;

enum class log_level : std::uint8_t { debug, info, warn, error };

/// One event for the log: "event=name key=value ...", without time, level or line end.
struct log_line {
    log_level level = log_level::info;
    std::string text;
};

/// What one step asks for. Reused between steps: `clear` keeps the capacity.
struct effects {
    sip::outbox messages;
    std::vector<sip::flow_id> close_flows;
    std::vector<resolve_request> resolves;
    cluster::link_outbox links;
    std::vector<log_line> log;
    std::vector<route::peer_name> names;  ///< before the messages of the same step
    /// A phone is registered over the flow, which is kept without traffic until then.
    struct hold {
        sip::flow_id flow = 0;
        timing::time_point until{};
    };
    std::vector<hold> holds;

    void clear() {
        messages.clear();
        close_flows.clear();
        resolves.clear();
        links.clear();
        log.clear();
        names.clear();
        holds.clear();
    }
};

}  // namespace sipha::proxy
