#include "proxy/config/section.hpp"

namespace sipha::config {

void read_admin(object& root, daemon_options& out) {
    const auto where = root.optional("admin");
    if (!where.is_present()) {
        return;
    }
    object o(where);
    // sun_path has 108 octets.
    o.required("socket").string(out.admin_socket, 107);
}

void read_log(object& root, daemon_options& out) {
    const auto where = root.optional("log");
    if (!where.is_present()) {
        return;
    }
    using enum proxy::log_level;
    object o(where);
    o.optional("level").one_of(
        out.log_level, {{"debug", debug}, {"info", info}, {"warn", warn}, {"error", error}}
    );
}

}  // namespace sipha::config
