#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include <sipha/resolver/connect_race.hpp>

#include "tests/resolver/cases/world.hpp"

namespace sipha::resolver::test::cases {

/// A race for a connection: the real machine, and places that take a connection after a while or
/// never. Writes down what it does:
///
///     C:h1/6@0 C:h1@250 cancel:C:h1/6@270 slow:C:h1/6@270 won:C:h1@270
class race {
  public:
    /// @param delays by host ("h1"); a host that is not in it stays silent.
    race(
        world& here,
        std::vector<candidate> candidates,
        std::map<std::string, world::duration> delays
    );
    /// Runs it to its end.
    void run();
    const std::string& trace() const { return trace_; }

  private:
    void perform(const connect_effect& effect);
    void note(const char* prefix, std::size_t index);
    void connect_due();

    world& here_;
    connect_race machine_;
    std::map<std::string, world::duration> delays_;
    std::map<std::size_t, time_point> coming_;
    time_point began_;
    std::string trace_;
};

}  // namespace sipha::resolver::test::cases
