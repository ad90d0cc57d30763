#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <sipha/resolver/prober.hpp>

/// Edges that live and die, and a prober that sees them, under a virtual clock.
namespace sipha::resolver::test {

enum class edge_mode {
    alive,
    mute,        ///< answers no OPTIONS; TCP works
    refusing,    ///< process gone: ICMP and RST
    black_hole,  ///< machine gone
    unavailable  ///< 503 to OPTIONS; TCP works
};

struct edge {
    edge_mode mode = edge_mode::alive;
    bool has_tcp = true;
    bool has_pong = true;
    std::chrono::milliseconds rtt{10};
    unsigned resets = 0;  ///< times all its connections were reset
};

/// All edges by address; unknown addresses are black holes.
class edge_world {
  public:
    edge& at(const std::string& ip) { return edges_[ip]; }
    /// Changes the mode; a process that goes takes its connections with it.
    void set(const std::string& ip, edge_mode mode);
    /// Resets every connection; the edge lives on.
    void reset(const std::string& ip) { ++edges_[ip].resets; }
    edge look(const std::string& ip) const;

  private:
    std::map<std::string, edge> edges_;
};

/// A prober over an `edge_world`; counts what was sent.
class memory_prober final : public prober {
  public:
    explicit memory_prober(const edge_world& world) : world_(world) {}

    void start(time_point now, probe_id id, const probe& what) override;
    void stop(probe_id id) override;
    int fd() const override { return -1; }
    time_point next_deadline() const override;
    void process(time_point now) override;
    std::vector<probe_event> take_events() override { return std::exchange(events_, {}); }

    std::size_t open() const { return open_.size(); }
    /// Probes started per address and kind.
    std::map<std::string, unsigned> options;
    std::map<std::string, unsigned> canaries;
    std::size_t most_open = 0;

  private:
    struct running {
        probe what;
        time_point since;  ///< start, or last sign of life
        bool is_up = false;
        unsigned resets = 0;
    };
    /// When something happens to it next, and what, as the world is now.
    std::pair<time_point, probe_event> next(probe_id id, const running& item) const;

    const edge_world& world_;
    std::map<probe_id, running> open_;
    std::vector<probe_event> events_;
};

}  // namespace sipha::resolver::test
