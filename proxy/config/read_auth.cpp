#include <algorithm>

#include "proxy/config/section.hpp"

namespace sipha::config {

using namespace std::chrono_literals;

void read_auth(object& root, daemon_options& out) {
    const auto where = root.optional("auth");
    if (!where.is_present()) {
        return;
    }
    object o(where);
    auto& auth = out.node.auth;
    auth.is_on = true;
    const auto users = o.required("users_file");
    out.users_file.at = users.at();
    users.string(out.users_file.value, 4096);
    const auto realm = o.optional("realm");
    if (realm.string(auth.realm, 253) && auth.realm.find_first_of("\"\\") != std::string::npos) {
        realm.error(rule::domain, "must not hold quotes or backslashes; write a name");
    }
    using enum auth::algorithm;
    const auto list = o.optional("algorithms");
    std::vector<auth::algorithm> wanted;
    list.list(
        [&](const value& item) {
            auto one = sha256;
            if (!item.one_of(
                    one, {{"SHA-512-256", sha512_256}, {"SHA-256", sha256}, {"MD5", md5}}
                )) {
                return;
            }
            // RFC 8760 2.4: a client takes the first one it knows, so the strongest comes first.
            if (!wanted.empty() && wanted.back() >= one) {
                item.error(
                    rule::order,
                    "is stronger than the one before it, or the same; the order is SHA-512-256, "
                    "SHA-256, MD5"
                );
            }
            wanted.push_back(one);
        },
        3
    );
    if (list.is_present()) {
        refuse_empty(list, "name at least one, or leave the key out");
        auth.algorithms = std::move(wanted);
    }
    o.optional("nonce_lifetime").duration(auth.nonce_lifetime, 10s, 24h);
    o.optional("nonces").integer(auth.max_nonces, 64, 16'777'216);
}

}  // namespace sipha::config
