#include "sipha/resolver/errors.hpp"

#include <string>

namespace sipha::resolver {
namespace {

const char* sentence(errc value) {
    switch (value) {
        case errc::bad_uri:
            return "the text is not a SIP or SIPS URI; write it like sip:user@example.com";
        case errc::bad_name:
            return "the host cannot be asked in the DNS; labels have 1 to 63 letters, digits, "
                   "hyphens or underscores, other scripts are written as A-labels (xn--...)";
        case errc::transport_conflict:
            return "a sips URI needs TLS, which this transport parameter excludes; remove it";
        case errc::transport_unsupported:
            return "no transport that this URI allows is among those enabled; enable one";
        case errc::family_unsupported:
            return "the address is of a family that is switched off; allow that family";
        case errc::not_found:
            return "the name does not exist in the DNS; check its spelling";
        case errc::no_candidates:
            return "the domain's NAPTR rules lead to no target; its operator must repair them, or "
                   "use the scope next_order";
        case errc::no_addresses:
            return "the targets have no address of a usable family; their operator must add A or "
                   "AAAA records";
        case errc::service_not_available:
            return "the domain declares with the SRV target \".\" that it does not offer SIP here";
        case errc::alias_loop:
            return "CNAME records of the name go round or are too many; its operator must repair "
                   "them";
        case errc::dns_temporary:
            return "the DNS servers failed to answer for this name; try again later";
        case errc::dns_timeout:
            return "no DNS server answered in time; check the network and the server addresses";
        case errc::dns_unreachable:
            return "no DNS server could be reached; check the network and the server addresses";
        case errc::dns_malformed:
            return "a DNS server sent a message that does not answer the question; use another";
        case errc::all_backoff:
            return "every server asked to be left alone for a while (503 with Retry-After); try "
                   "again after that time";
        case errc::tls_identity:
            return "a server's certificate is not for the name that was called, and nothing less "
                   "secure is tried after that; its operator must repair the certificate";
        case errc::exhausted:
            return "every candidate has been tried; start a new lookup later";
        case errc::too_many_lookups:
            return "too many lookups are under way; try again when some have finished";
        case errc::cancelled:
            return "the lookup was cancelled";
        case errc::aborted:
            return "the resolver was destroyed before the lookup finished";
    }
    return "unknown resolver error";
}

class category final : public std::error_category {
  public:
    const char* name() const noexcept override { return "sipha.resolver"; }
    std::string message(int value) const override { return sentence(static_cast<errc>(value)); }
};

}  // namespace

const std::error_category& resolver_category() noexcept {
    static const category instance;
    return instance;
}

std::error_code make_error_code(errc value) noexcept {
    return {static_cast<int>(value), resolver_category()};
}

bool is_dns_failure(const std::error_code& error) noexcept {
    return error == errc::dns_temporary || error == errc::dns_timeout ||
           error == errc::dns_unreachable || error == errc::dns_malformed;
}

}  // namespace sipha::resolver
