#pragma once

#include "proxy/node/effects.hpp"
#include "proxy/node/input.hpp"

namespace sipha::shell {

/// Where the sockets of one worker put what happened; the runtime implements it. Worker thread
/// only.
class inbox {
  public:
    /// Steps the machine at once; views in `what` need to live during the call only. Called from
    /// completion handlers, never from inside a send.
    virtual void deliver(const proxy::input& what) = 0;
    /// Keeps an input without views and steps it in the next `settle`; may be called from a send.
    virtual void report(proxy::input what) = 0;
    /// Ends a batch: performs the collected effects, steps what was reported, arms the timer.
    /// Every completion handler that delivered or reported something calls it last.
    virtual void settle() = 0;
    /// Hands one line to the log.
    virtual void note(const proxy::log_line& line) = 0;

  protected:
    ~inbox() = default;
};

}  // namespace sipha::shell
