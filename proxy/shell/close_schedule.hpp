#pragma once

#include <cstddef>
#include <vector>

#include "proxy/sip/outbox.hpp"
#include "proxy/timing/clock.hpp"

namespace sipha::shell {

/// When which connection is closed while a node drains: evenly over a time, so that the phones
/// behind them do not arrive at another node together. Pure.
class close_schedule {
  public:
    close_schedule() = default;
    /// The first is due at once, the last a step before `now + spread`.
    close_schedule(timing::time_point now, timing::duration spread, std::vector<sip::flow_id> flows)
        : begin_(now), spread_(spread), flows_(std::move(flows)) {}

    /// The flows whose moment has come, each once, in the order given.
    std::vector<sip::flow_id> take_due(timing::time_point now);
    /// timing::never when none is left.
    timing::time_point next_deadline() const;
    /// Flows not taken yet.
    std::size_t size() const { return flows_.size() - taken_; }

  private:
    timing::time_point due(std::size_t index) const;

    timing::time_point begin_{};
    timing::duration spread_{};
    std::vector<sip::flow_id> flows_;
    std::size_t taken_ = 0;
};

}  // namespace sipha::shell
