#pragma once

#include <chrono>
#include <cstdint>

#include "proxy/timing/clock.hpp"

namespace sipha::guard {

/// How full the worker is, as its shell sees it; each from 0 to 1.
struct load_sample {
    double queue =
        0;            ///< receive buffers of the sockets: unread octets of what fits, the worst one
    double busy = 0;  ///< time of the worker's processor that it used since the last sample
};

/// Where new work begins to be refused; 1 switches a signal off.
struct overload_options {
    double queue = 0.5;
    double busy = 1.0;
    double transactions = 0.9;  ///< of limits.transactions
    /// A sample counts this long: an idle worker takes none.
    std::chrono::milliseconds sample_life{1000};
};

/// Decides when new dialogs and registrations get 503 (RFC 3261 21.5.4). Refusing starts at the
/// limit and grows with the excess until everything new is refused half way to full, so that the
/// load settles instead of swinging.
class overload {
  public:
    explicit overload(overload_options options) : options_(options) {}

    void sample(timing::time_point now, const load_sample& what);
    /// @param transactions in use, as a share of their limit. @returns the share of new requests to
    /// refuse, in thousandths.
    unsigned refused_share(timing::time_point now, double transactions) const;

  private:
    overload_options options_;
    load_sample last_{};
    timing::time_point sampled_{};
};

}  // namespace sipha::guard
