#include "proxy/config/section.hpp"

namespace sipha::config {

using namespace std::chrono_literals;

namespace {

void read_http(const value& where, daemon_options& out) {
    object o(where);
    auto& http = out.http.emplace();
    const auto listen = o.required("listen");
    if (listen.parsed(http.listen, parse_socket, socket_form) && !http.listen.ip.is_loopback()) {
        listen.error(
            rule::admin,
            "'" + http.listen.ip.to_string() +
                "' is not a loopback address; this server does not encrypt, so put a web server "
                "with TLS in front of it"
        );
    }
    const auto token = o.optional("token_file");
    http.token_file.at = token.at();
    token.string(http.token_file.value, 4096);
}

}  // namespace

void read_admin(object& root, daemon_options& out) {
    const auto where = root.optional("admin");
    if (!where.is_present()) {
        return;
    }
    object o(where);
    // sun_path has 108 octets.
    o.required("socket").string(out.admin_socket, 107);
    if (const auto http = o.optional("http"); http.is_present()) {
        read_http(http, out);
    }
}

void read_log(object& root, daemon_options& out) {
    const auto where = root.optional("log");
    if (!where.is_present()) {
        return;
    }
    using enum proxy::log_level;
    using form = enum log_options::form;
    object o(where);
    o.optional("level").one_of(
        out.log_level, {{"debug", debug}, {"info", info}, {"warn", warn}, {"error", error}}
    );
    o.optional("format").one_of(out.log.format, {{"text", form::text}, {"json", form::json}});
    o.optional("file").string(out.log.file, 4096);
}

void read_operation(object& root, daemon_options& out) {
    const auto where = root.optional("operation");
    if (!where.is_present()) {
        return;
    }
    object o(where);
    o.optional("stop_grace").duration(out.operation.stop_grace, 0s, 5min);
    o.optional("drain_spread").duration(out.operation.drain_spread, 0s, 1h);
}

}  // namespace sipha::config
