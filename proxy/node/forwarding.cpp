// A request on its way out: targets found, the sender quietened, the relay started.
#include <utility>

#include "proxy/node/node.hpp"
#include "proxy/node/request_facts.hpp"

namespace sipha::proxy {

void node::forward(
    timing::instant now,
    const arrival& what,
    const route::route_view& routes,
    const route::decision& decided,
    effects& out
) {
    auto targets = targets_.find(now.mono, decided, what.request, routes);
    if (targets.empty()) {
        if (what.server != 0) {
            sip::response_options options;
            options.status = 480;
            options.reason = "No contact can be reached from here";
            answer(now, what, options, out);
        } else {
            ++counters_.dropped_stray_ack;
        }
        return;
    }
    if (what.request.method() == sip::method::invite) {
        // RFC 3261 16.2 and 17.2.1: stop the sender's retransmissions at once.
        sip::response_options trying;
        trying.status = 100;
        transactions_.respond(now.mono, what.server, 100, compose(what, trying), out.messages);
    }
    const auto source = policy_.classify(what.from.remote);
    const auto tag = to_tag(what.request);
    relay_.start(
        now.mono,
        {what.request,
         routes,
         what.from,
         what.server,
         source != route::source_class::trusted && is_behind_nat(what.request, what.from),
         tag,
         std::move(targets)},
        to_relay(out)
    );
}

}  // namespace sipha::proxy
