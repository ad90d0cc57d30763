#include "tests/sim/relay_guard.hpp"

#include <string>

namespace sipha::sim {

void relay_guard::watch(
    const sip::endpoint& from, const sip::endpoint& to, std::string_view bytes
) {
    if (!nodes_.contains(from)) {
        return;
    }
    if (bytes.starts_with("SIP/2.0 2") && bytes.find("\r\nCSeq: ") != std::string_view::npos &&
        bytes.find(" REGISTER\r\n") != std::string_view::npos) {
        allowed_.insert(to);
    }
    if (bytes.starts_with("SIP/2.0 ") || nodes_.contains(to) || allowed_.contains(to)) {
        return;  // answers go to whoever asked
    }
    log_->violation(
        time_->elapsed(),
        from.to_string() + " relayed to the foreign address " + to.to_string() + ": " +
            std::string(bytes.substr(0, bytes.find('\r')))
    );
}

}  // namespace sipha::sim
