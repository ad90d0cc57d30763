#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "proxy/node/machine.hpp"

namespace sipha::shell::test {

/// What a machine has been told, as owned values.
struct journal {
    struct message {
        sip::hop from;
        std::string bytes;
    };
    std::vector<message> messages;
    std::vector<sip::flow_id> closed_flows;
    std::vector<proxy::send_failed> failures;
    std::vector<proxy::resolved> resolutions;
    std::vector<proxy::link_opened> opened_links;
    std::vector<proxy::link_closed> closed_links;
    std::map<cluster::link_id, std::string> link_bytes;
    std::size_t ticks = 0;
    std::size_t steps = 0;
};

/// A machine that writes down its inputs and sends each SIP message back where it came from. It is
/// stepped on the worker thread and watched from the test's thread.
class echo_machine final : public proxy::machine {
  public:
    using reaction = std::function<void(timing::instant, const proxy::input&, proxy::effects&)>;

    /// @param react replaces the echo; runs on the worker thread.
    explicit echo_machine(reaction react = echo) : react_(std::move(react)) {}

    void step(timing::instant now, const proxy::input& what, proxy::effects& out) override;
    timing::time_point next_deadline() const override;

    /// Worker thread, or before the worker runs: when a tick is due. A tick clears it.
    void set_deadline(timing::time_point deadline) { deadline_ = deadline; }

    /// Waits until the journal fulfils the claim. @returns whether it did within the limit.
    bool wait_for(
        const std::function<bool(const journal&)>& claim,
        std::chrono::milliseconds limit = std::chrono::seconds(20)
    );
    journal snapshot() const;

    static void echo(timing::instant, const proxy::input& what, proxy::effects& out);

  private:
    void write_down(const proxy::input& what);

    reaction react_;
    timing::time_point deadline_ = timing::never;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    journal journal_;
};

}  // namespace sipha::shell::test
