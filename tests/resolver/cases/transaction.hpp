#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sipha/resolver/failover.hpp>

#include "tests/resolver/cases/peers.hpp"
#include "tests/resolver/cases/route_source.hpp"
#include "tests/resolver/cases/world.hpp"

namespace sipha::resolver::test::cases {

/// One client transaction of a case: the real failover machine over the engine's candidates, and
/// the places as they are told to behave. Writes down what it does:
///
///     U:h1@0 probe:U:h1@1500 U:h2@3500 cancel:U:h1@5000 ack:U:h1@5000 ok@9000
class transaction {
  public:
    transaction(world& here, std::string uri, failover_options options, peers places);

    /// Does what is due now, but hears nothing.
    void step();
    /// Hears what places sent by now. Requests at the same moment are all sent before any of them
    /// hears. @returns whether there was something.
    bool hear();
    /// When `step` must run again; the engine's own deadlines are not in it.
    time_point next_deadline() const;
    /// The user gives up at that moment.
    void abandon_at(time_point when) { abandon_at_ = when; }
    bool is_over() const { return machine_.is_over() && coming_.empty(); }

    /// What was done so far; " open" at its end when there is no result.
    std::string trace() const;
    /// Where the last attempt went.
    const candidate& last_place() const { return machine_.current().target; }
    std::optional<std::chrono::seconds> retry_in() const { return retry_in_; }
    /// What the machine did that no case may see: a branch used twice, an ACK without INVITE.
    const std::vector<std::string>& faults() const { return faults_; }

  private:
    /// Something a place sends back.
    struct event {
        time_point when;
        std::function<void(time_point)> happens;
        unsigned attempt = 0;
    };
    void perform(const failover_effect& effect);
    bool feed();
    void answer_request(const failover_attempt& attempt);
    void after(world::duration delay, unsigned attempt, std::function<void(time_point)> happens);
    void respond(
        world::duration delay,
        unsigned attempt,
        std::uint16_t status,
        std::optional<std::chrono::seconds> retry_after = std::nullopt
    );
    void note(const std::string& word);

    world& here_;
    failover machine_;
    request_kind kind_;
    peers places_;
    time_point began_;
    route_source source_;
    time_point abandon_at_ = never;
    std::vector<event> coming_;
    std::string trace_;
    bool is_done_ = false;
    bool is_hungry_ = false;
    unsigned last_attempt_ = 0;
    std::optional<std::chrono::seconds> retry_in_;
    std::vector<std::string> faults_;
};

}  // namespace sipha::resolver::test::cases
