#include "proxy/config/section.hpp"

namespace sipha::config {

using namespace std::chrono_literals;

void read_keepalive(object& root, daemon_options& out) {
    const auto where = root.optional("keepalive");
    if (!where.is_present()) {
        return;
    }
    using scope = enum ha::pinger_options::scope;
    auto& pinger = out.node.pinger;
    object o(where);
    o.optional("interval").duration(pinger.interval, 1s, 10min);
    o.optional("phones").one_of(pinger.scope, {{"nat", scope::nat}, {"all", scope::all}});
}

}  // namespace sipha::config
