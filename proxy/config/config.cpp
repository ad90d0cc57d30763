#include "proxy/config/config.hpp"

#include <utility>

#include "geo/yaml/document.hpp"
#include "geo/yaml/reader.hpp"
#include "proxy/config/secret.hpp"
#include "proxy/config/section.hpp"
#include "proxy/config/users_file.hpp"

namespace sipha::config {

namespace {

/// Every section, one a line. A later one may use what an earlier one read: read_cluster needs the
/// node's id.
constexpr void (*sections[])(object& root, daemon_options& out) = {
    read_node,
    read_domains,
    read_listen,
    read_tls_client,
    read_registrar,
    read_auth,
    read_guard,
    read_calls,
    read_keepalive,
    read_dns,
    read_cluster,
    read_admin,
    read_limits,
    read_log,
    read_operation,
};

void read(geo::yaml::document& document, daemon_options& out) {
    object root(document.root(), document.diag());
    unsigned version = 0;
    root.required("version").integer(version, 1, 1);
    for (const auto& section : sections) {
        section(root, out);
    }
}

/// What was read and, unless something is wrong with it, the options.
loaded finish(geo::yaml::document document, daemon_options options) {
    loaded out{std::nullopt, std::move(document.diag()), document.was_read(), {}};
    out.values = values_of(document.root());
    if (!out.diag.has_errors()) {
        out.options = std::move(options);
    }
    return out;
}

}  // namespace

loaded parse(std::string_view text, std::string file_name) {
    auto document = geo::yaml::parse(text, std::move(file_name));
    daemon_options options;
    read(document, options);
    return finish(std::move(document), std::move(options));
}

loaded load(const std::string& path) {
    auto document = geo::yaml::load(path);
    daemon_options options;
    read(document, options);
    // Also when there are other errors, so that they are all reported at once.
    if (const auto& [name, at] = options.secret_file; !name.empty()) {
        auto secret = read_secret(path, name);
        if (!secret.error.empty()) {
            document.diag().error(at, rule::cluster, "cluster.secret_file: " + secret.error);
        }
        options.node.cluster.secret = std::move(secret.text);
    }
    if (const auto& [name, at] = options.previous_secret_file; !name.empty()) {
        auto secret = read_secret(path, name);
        if (!secret.error.empty()) {
            document.diag().error(
                at, rule::cluster, "cluster.previous_secret_file: " + secret.error
            );
        }
        options.node.previous_secret = std::move(secret.text);
    }
    if (options.http && !options.http->token_file.value.empty()) {
        auto& [name, at] = options.http->token_file;
        auto token = read_secret(path, name);
        if (!token.error.empty()) {
            document.diag().error(at, rule::admin, "admin.http.token_file: " + token.error);
        }
        options.http->token = std::move(token.text);
    }
    if (const auto& [name, at] = options.users_file; !name.empty()) {
        auto read = load_users(path, name, options.node.auth.algorithms);
        for (const auto& error : read.errors) {
            document.diag().error(at, rule::users, "auth.users_file: " + error);
        }
        options.node.auth.users = std::move(read.users);
    }
    return finish(std::move(document), std::move(options));
}

}  // namespace sipha::config
