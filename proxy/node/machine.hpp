#pragma once

#include "proxy/node/effects.hpp"
#include "proxy/node/input.hpp"
#include "proxy/timing/clock.hpp"

namespace sipha::proxy {

/// A pure state machine as a shell or a simulated world drives it. The node implements it; shell
/// tests drive small fakes through it.
class machine {
  public:
    virtual ~machine() = default;
    /// Takes one input and appends what must be done. Never blocks, never throws on input.
    virtual void step(timing::instant now, const input& what, effects& out) = 0;
    /// When `step(now, tick{})` is due at the latest; timing::never when nothing waits.
    virtual timing::time_point next_deadline() const = 0;
};

}  // namespace sipha::proxy
