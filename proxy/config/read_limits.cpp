#include "proxy/config/section.hpp"

namespace sipha::config {

void read_limits(object& root, daemon_options& out) {
    const auto where = root.optional("limits");
    if (!where.is_present()) {
        return;
    }
    object o(where);
    o.optional("transactions").integer(out.node.transactions.max_transactions, 100, 10'000'000);
    o.optional("bindings").integer(out.node.location.max_bindings, 1, 10'000'000);
    o.optional("connections").integer(out.connections.total, 1, 1'000'000);
    o.optional("connections_per_source").integer(out.connections.per_source, 1, 1'000'000);
}

}  // namespace sipha::config
