#pragma once

#include <functional>
#include <utility>

#include "proxy/node/machine.hpp"

namespace sipha::daemon {

/// Lets a machine finish what it has begun: datagrams that go on with nothing of it are given away.
/// Off, it costs one comparison a step.
class handover_machine final : public proxy::machine {
  public:
    using question = std::function<bool(const proxy::sip_received& what)>;
    using action = std::function<void(const proxy::sip_received& what)>;

    /// @param inner outlives this object.
    explicit handover_machine(proxy::machine& inner) : inner_(inner) {}

    /// From now on. @param is_known whether the machine must take a message itself.
    /// Messages on connections are always its own.
    void give_away(question is_known, action take) {
        is_known_ = std::move(is_known);
        take_ = std::move(take);
        is_giving_ = true;
    }
    void keep() { is_giving_ = false; }

    void step(timing::instant now, const proxy::input& what, proxy::effects& out) override {
        if (is_giving_) {
            const auto* received = std::get_if<proxy::sip_received>(&what);
            if (received != nullptr && received->from.flow == 0 && !is_known_(*received)) {
                take_(*received);
                return;
            }
        }
        inner_.step(now, what, out);
    }
    timing::time_point next_deadline() const override { return inner_.next_deadline(); }

  private:
    proxy::machine& inner_;
    question is_known_;
    action take_;
    bool is_giving_ = false;
};

}  // namespace sipha::daemon
