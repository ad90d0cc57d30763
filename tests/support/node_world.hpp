#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "proxy/node/node.hpp"
#include "tests/support/sip_text.hpp"

/// Whole nodes under one virtual clock, linked in memory.
namespace sipha::test {

/// Nodes 1..n. Node i listens at udp and tcp 10.0.0.i:5060 (listeners 0 and 1) and serves
/// example.org. What a node sends to another node's socket arrives there at once; what it sends to
/// anybody else is kept for the test. Links between nodes can be held up.
class node_world {
  public:
    using adjust_options = std::function<void(proxy::node_options&)>;

    /// Makes the nodes and lets them find each other.
    explicit node_world(unsigned nodes, const adjust_options& adjust = {});

    proxy::node& node(unsigned id) { return *actors_.at(id).machine; }
    /// A datagram, or with a flow a message on a connection, from somebody outside.
    void receive(unsigned id, const sip::hop& from, std::string_view text);
    void resolve(unsigned id, std::uint64_t query, const std::vector<sip::endpoint>& targets);
    void fail(unsigned id, const sent& message);
    void load(unsigned id, const proxy::load_sampled& sample) { step(id, sample); }
    /// Lets time pass, every node stepped when it asks for it.
    void pass(timing::duration time);
    /// Bytes on links wait while they are held.
    void hold_links();
    void release_links();
    /// The node stops, its links break.
    void kill(unsigned id);
    /// A killed node starts again with empty hands and the next epoch.
    void start(unsigned id);

    /// What the node sent to somebody outside since the last call.
    std::vector<sent> take(unsigned id) { return std::exchange(actors_.at(id).sent_out, {}); }
    /// What nodes sent to each other since the last call.
    std::vector<sent> take_between() { return std::exchange(between_, {}); }
    std::vector<route::lookup> take_lookups(unsigned id) {
        return std::exchange(actors_.at(id).lookups, {});
    }
    timing::instant now() const { return now_; }

  private:
    struct link_end {
        unsigned node = 0;
        cluster::link_id peer_link = 0;
        unsigned peer_node = 0;
    };
    struct actor {
        proxy::node_options options;
        std::unique_ptr<proxy::node> machine;
        std::vector<sent> sent_out;
        std::vector<route::lookup> lookups;
    };
    /// Something on its way to a node.
    struct event {
        unsigned to = 0;
        std::string bytes;  ///< for the view in `what`
        proxy::input what;
    };

    void step(unsigned id, const proxy::input& what);
    void perform(unsigned id);
    void perform_link(unsigned id, const cluster::link_action& action);
    void run_queue();

    timing::instant now_{timing::time_point(std::chrono::hours(1000)), 1'700'000'000'000};
    std::map<unsigned, actor> actors_;
    std::map<cluster::link_id, link_end> links_;
    cluster::link_id next_link_ = 1;
    std::deque<event> queue_;
    std::deque<event> held_;
    bool is_holding_ = false;
    std::vector<sent> between_;
    proxy::effects effects_;
};

}  // namespace sipha::test
