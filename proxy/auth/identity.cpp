#include "proxy/auth/identity.hpp"

#include "proxy/sip/text.hpp"

namespace sipha::auth {

bool is_user(std::string_view escaped, std::string_view plain) {
    std::size_t at = 0;
    for (const char wanted : plain) {
        if (at >= escaped.size()) {
            return false;
        }
        char have = escaped[at++];
        if (have == '%' && at + 2 <= escaped.size() && sip::hex_value(escaped[at]) >= 0 &&
            sip::hex_value(escaped[at + 1]) >= 0) {
            have = static_cast<char>(
                sip::hex_value(escaped[at]) * 16 + sip::hex_value(escaped[at + 1])
            );
            at += 2;
        }
        if (have != wanted) {
            return false;
        }
    }
    return at == escaped.size();
}

bool identity::owns(const sip::uri& address, std::string_view served_domain) const {
    return address.is_sip() && sip::equal_ignoring_case(served_domain, domain) &&
           is_user(address.user, user);
}

bool identity::is_in(std::string_view group) const {
    auto rest = groups;
    while (!rest.empty()) {
        const auto one = rest.substr(0, rest.find('+'));
        if (one == group) {
            return true;
        }
        rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    }
    return false;
}

}  // namespace sipha::auth
