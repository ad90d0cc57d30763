#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sipha/geo/ip.hpp>

#include "proxy/sip/message.hpp"
#include "proxy/sip/outbox.hpp"

namespace sipha::guard {

/// One line of the access list: what it says about requests that it fits.
struct access_rule {
    enum class effect : std::uint8_t { allow, deny };
    effect then = effect::deny;
    std::vector<geo::ip_prefix> networks;    ///< of the source; empty: every
    std::vector<std::string> methods;        ///< as written in requests; empty: every
    std::optional<sip::listener_id> socket;  ///< where it arrived; nothing: everywhere
};

/// Who may send which requests at all. The first rule that fits decides; without one the request
/// goes on to the other checks, which an "allow" does not spare it.
class access_list {
  public:
    explicit access_list(std::vector<access_rule> rules) : rules_(std::move(rules)) {}

    bool allows(const sip::message& request, const sip::hop& from) const {
        return rules_.empty() || judge(request, from);
    }

  private:
    bool judge(const sip::message& request, const sip::hop& from) const;

    std::vector<access_rule> rules_;
};

}  // namespace sipha::guard
