#include "proxy/config/section.hpp"

namespace sipha::config {

using namespace std::chrono_literals;

void read_registrar(object& root, daemon_options& out) {
    const auto where = root.required("registrar");
    object o(where);
    auto& registrar = out.node.registrar;
    read_prefixes(o.required("allow_from"), registrar.allow_from);
    const auto errors = where.diag().error_count();
    o.optional("min_expires").duration(registrar.min_expires, 1s, 24h);
    o.optional("default_expires").duration(registrar.default_expires, 1s, 24h);
    o.optional("max_expires").duration(registrar.max_expires, 1s, 24h);
    const bool are_understood = where.diag().error_count() == errors;
    o.optional("max_contacts").integer(registrar.max_contacts, 1, 32);
    if (are_understood && (registrar.min_expires > registrar.default_expires ||
                           registrar.default_expires > registrar.max_expires)) {
        const auto text = [](std::chrono::seconds of) { return std::to_string(of.count()) + "s"; };
        where.error(
            rule::order,
            "min_expires " + text(registrar.min_expires) + ", default_expires " +
                text(registrar.default_expires) + " and max_expires " +
                text(registrar.max_expires) +
                " must not fall; a key that is not given has its default"
        );
    }
}

}  // namespace sipha::config
