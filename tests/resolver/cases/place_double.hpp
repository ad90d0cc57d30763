#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <sipha/resolver/prober.hpp>

namespace sipha::resolver::test::cases {

/// How a place treats probes.
enum class place_life : std::uint8_t {
    alive,     ///< takes connections, answers OPTIONS
    dead,      ///< silent, as behind a black hole
    resetting  ///< resets what is open and refuses what is new
};

/// The places of a case as a prober, under a clock that the case moves.
class place_double final : public prober {
  public:
    /// Round trip of everything that answers.
    static constexpr std::chrono::milliseconds round_trip{5};

    /// @param host "h1"; hosts never mentioned are alive. @param word "alive", "dead", "reset".
    void set(time_point now, const std::string& host, const std::string& word);

    void start(time_point now, probe_id id, const probe& what) override;
    void stop(probe_id id) override { open_.erase(id); }
    int fd() const override { return -1; }
    time_point next_deadline() const override;
    void process(time_point now) override;
    std::vector<probe_event> take_events() override { return std::exchange(events_, {}); }

  private:
    struct open_probe {
        probe what;
        bool is_up = false;
        time_point due = never;  ///< when `process` has something to say about it
    };
    place_life life_of(const probe& what) const;
    void plan(time_point now, open_probe& one) const;
    /// @returns true when the probe is over.
    bool happen(time_point now, probe_id id, open_probe& one);

    std::map<std::string, place_life> lives_;
    std::map<probe_id, open_probe> open_;
    std::vector<probe_event> events_;
};

}  // namespace sipha::resolver::test::cases
