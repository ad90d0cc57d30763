#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "proxy/cluster/engine.hpp"
#include "proxy/crypto/random.hpp"
#include "tests/proxy/cluster/support/map_store.hpp"

namespace sipha::cluster::test {

using std::chrono::milliseconds;

/// How a process ends: the system closes its links, or the machine just stops.
enum class ending : std::uint8_t { closes_links, goes_silent };

/// Some engines, their stores, and the links between them under a virtual clock.
///
/// Links are streams with a delay: in order, never lossy, held back while a partition or a paused
/// receiver stands. The same seed gives the same run.
class world {
  public:
    struct options {
        std::string seed = "world";
        milliseconds delay{1};
        std::uint16_t nodes = 2;
        cluster::timings timings{};
    };
    explicit world(options how);
    world(const world&) = delete;  // the agenda refers to it
    world& operator=(const world&) = delete;

    /// @name Processes; ids are 1..nodes.
    /// @{
    void start(std::uint16_t id);
    void start_all();
    void kill(std::uint16_t id, ending how);
    void pause(std::uint16_t id);
    void resume(std::uint16_t id);
    /// @}

    /// Holds back everything between two nodes, both ways, or lets it through again.
    void cut(std::uint16_t one, std::uint16_t other);
    void heal(std::uint16_t one, std::uint16_t other);
    /// Ends every link between two nodes; both ends are told.
    void drop_links(std::uint16_t one, std::uint16_t other);
    /// Opens a link to a node from nobody, as a stranger would. @returns its number there.
    link_id strange_link(std::uint16_t to);
    void strange_bytes(std::uint16_t to, link_id link, std::string_view bytes);

    /// Writes to a node's store and publishes it. @returns the sequence.
    std::uint64_t write(std::uint16_t id, std::string_view key, std::string_view value);

    /// Writes key0, key1, ... in one step.
    void fill(std::uint16_t id, int count, std::string_view value);

    void run_for(milliseconds time);
    /// Runs until the claim holds. @returns the time it took, or -1 ms when `limit` passed.
    milliseconds run_until(const std::function<bool()>& claim, milliseconds limit);

    engine& node(std::uint16_t id) { return *nodes_.at(id).engine; }
    map_store& store_of(std::uint16_t id) { return *nodes_.at(id).store; }
    bool is_running(std::uint16_t id) const { return nodes_.at(id).engine != nullptr; }
    /// True when all running nodes have the same digest.
    bool is_equal() const;
    bool all_ready() const;
    timing::instant now_at(std::uint16_t id) const;
    /// The wall clock of a node against the true one.
    void set_clock_error(std::uint16_t id, milliseconds error) {
        nodes_.at(id).clock_error = error;
    }

    struct logged {
        milliseconds at;
        event what;
    };
    /// Events of one type that a node's current or last process told.
    template <typename Event>
    std::vector<std::pair<milliseconds, Event>> told(std::uint16_t id) const {
        std::vector<std::pair<milliseconds, Event>> list;
        for (const auto& one : nodes_.at(id).log) {
            if (const auto* what = std::get_if<Event>(&one.what)) {
                list.emplace_back(one.at, *what);
            }
        }
        return list;
    }
    void clear_log(std::uint16_t id) { nodes_.at(id).log.clear(); }
    milliseconds now() const;
    /// Octets sent by a node so far, and the largest send of one step.
    std::uint64_t sent_bytes(std::uint16_t id) const { return nodes_.at(id).sent; }
    crypto::random& random() { return random_; }

  private:
    struct process {
        std::unique_ptr<map_store> store;
        std::unique_ptr<crypto::random> random;
        std::unique_ptr<cluster::engine> engine;
        std::uint32_t starts = 0;
        bool is_paused = false;
        bool is_silent = false;  // ended without closing its links
        milliseconds clock_error{0};
        std::uint64_t tick = 0;  // number of the tick that counts
        int idle_ticks = 0;      // steps in a row that were due at once again
        std::uint64_t sent = 0;
        std::vector<logged> log;
    };
    struct item {
        timing::time_point due;
        std::string bytes;
        bool is_end = false;
    };
    /// One direction-pair of a stream; side 0 dialled.
    struct stream {
        std::uint16_t node[2] = {0, 0};
        link_id link[2] = {0, 0};
        bool is_open[2] = {true, true};
        std::deque<item> to[2];
    };
    struct appointment {
        timing::time_point at;
        std::uint64_t order;
        std::function<void()> act;
        bool operator>(const appointment& other) const {
            return std::pair(at, order) > std::pair(other.at, other.order);
        }
    };

    void later(timing::duration delay, std::function<void()> act);
    void step(std::uint16_t id, const std::function<void(engine&, engine_output)>& input);
    void perform(std::uint16_t id, const link_outbox& actions);
    void dial(std::uint16_t from, std::uint16_t to);
    void transmit(std::uint16_t from, link_id link, item what);
    void pump(const std::shared_ptr<stream>& which, int side);
    void pump_all();
    bool is_blocked(std::uint16_t from, std::uint16_t to) const;
    void arm(std::uint16_t id);
    std::pair<std::shared_ptr<stream>, int> find(std::uint16_t node, link_id link);

    options options_;
    crypto::random random_;
    timing::time_point now_{std::chrono::hours(1)};
    std::uint64_t orders_ = 0;
    std::priority_queue<appointment, std::vector<appointment>, std::greater<>> agenda_;
    std::map<std::uint16_t, process> nodes_;
    std::vector<std::shared_ptr<stream>> streams_;
    std::set<std::pair<std::uint16_t, std::uint16_t>> cuts_;
    link_id links_ = 0;
};

}  // namespace sipha::cluster::test
