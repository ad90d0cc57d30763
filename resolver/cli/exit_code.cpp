#include "resolver/cli/exit_code.hpp"

#include <sipha/resolver/errors.hpp>

namespace sipha::resolver::cli {

bool is_usage_error(const std::error_code& error) {
    return error == errc::bad_uri || error == errc::bad_name || error == errc::transport_conflict ||
           error == errc::transport_unsupported || error == errc::family_unsupported;
}

exit_code exit_code_of(const std::error_code& error) {
    if (!error) {
        return exit_found;
    }
    if (is_dns_failure(error)) {
        return exit_dns;
    }
    return is_usage_error(error) ? exit_usage : exit_no_target;
}

}  // namespace sipha::resolver::cli
