#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/cluster/bus.hpp"
#include "proxy/cluster/events.hpp"
#include "proxy/cluster/frame_reader.hpp"
#include "proxy/cluster/mesh/handshake.hpp"
#include "proxy/cluster/mesh/link_io.hpp"
#include "proxy/cluster/node_id.hpp"
#include "proxy/cluster/timings.hpp"
#include "proxy/crypto/mac.hpp"
#include "proxy/crypto/random.hpp"
#include "proxy/timing/clock.hpp"

namespace sipha::cluster {

/// Accepted links that may wait for their handshake at the same time.
inline constexpr std::size_t max_unauthenticated_links = 64;

struct mesh_options {
    node_id self;
    std::uint32_t epoch = 0;
    std::string cluster_name;
    std::vector<node_id> peers;  ///< without self
    std::string secret;
    cluster::timings timings;
};

struct mesh_counters {
    std::array<std::uint64_t, static_cast<std::size_t>(refusal::count_)> refused{};
    std::uint64_t dials = 0;
    std::uint64_t dial_failures = 0;
    std::uint64_t connected = 0;    ///< links authenticated
    std::uint64_t replaced = 0;     ///< of these, while an older link of the peer stood
    std::uint64_t lost = 0;         ///< authenticated links that ended
    std::uint64_t abandoned = 0;    ///< links the other end closed before authentication
    std::uint64_t unsent = 0;       ///< frames for a peer that is not connected
    std::uint64_t late_inputs = 0;  ///< inputs for links that are closed already
};

/// Where the mesh puts what it wants and what happened; all are appended to.
struct mesh_output {
    link_outbox& links;
    std::vector<bus_event>& bus;
    std::vector<event>& events;  ///< link_refused only
};

/// A link for every pair of nodes: the higher id dials the lower. The bus without a broker.
///
/// When an authenticated link that stood for redial_max is lost the dialler tries again at once,
/// else after redial_min doubling to redial_max with jitter. The shell answers each dial with
/// opened or closed, within a limit of its own. When a second link of a peer authenticates the
/// newer one wins: the older is most likely a connection whose end we have not heard of.
class mesh {
  public:
    /// @param random for nonces and jitter; outlives the mesh.
    mesh(mesh_options options, crypto::random& random);
    mesh(const mesh&) = delete;  // handshakes refer to it
    mesh& operator=(const mesh&) = delete;

    void opened(timing::time_point now, link_id link, node_id dialled, mesh_output out);
    void received(timing::time_point now, link_id link, std::string_view bytes, mesh_output out);
    void closed(timing::time_point now, link_id link, node_id dialled, mesh_output out);
    /// Dials what is due and refuses handshakes that take too long.
    void advance(timing::time_point now, mesh_output out);
    timing::time_point next_deadline() const;

    /// Sends frames; those for a peer that is not connected are dropped and counted.
    void send(const bus_outbox& frames, link_outbox& out);
    /// Closes the link of a peer that does not answer any more.
    void drop(timing::time_point now, node_id node, mesh_output out);

    /// The authenticated link of a peer; 0 when it is not connected.
    link_id link_of(node_id node) const;
    const mesh_counters& counters() const { return counters_; }

  private:
    struct link_state {
        node_id peer;  // of an accepted link: 0 until authenticated
        bool is_accepted = false;
        bool is_authenticated = false;
        timing::time_point opened_at{};  // once authenticated: when that was
        frame_reader reader;
        std::unique_ptr<handshake> shaking;  // until authenticated
    };
    struct remote {
        node_id node;
        link_id link = 0;          // authenticated
        bool is_dialling = false;  // asked for a link, or one is not yet authenticated
        timing::time_point next_dial = timing::time_point::min();
        timing::duration back_off{};
    };
    using link_map = std::map<link_id, link_state>;

    remote* find(node_id node);
    const remote* find(node_id node) const;
    bool dials(const remote& which) const { return which.node < options_.self; }
    /// Forgets a link; with a reason it is counted and closed first.
    void end(
        timing::time_point now,
        link_map::iterator which,
        mesh_output out,
        std::optional<refusal> reason
    );
    void count_refusal(refusal reason, node_id claimed, mesh_output out);
    bool shake(
        timing::time_point now, link_map::iterator which, std::string_view message, mesh_output out
    );
    void authenticate(timing::time_point now, link_map::iterator which, mesh_output out);
    void plan_redial(timing::time_point now, remote& which, timing::duration lived);

    mesh_options options_;
    crypto::random& random_;
    crypto::mac secret_;
    handshake_context context_;
    std::vector<remote> peers_;
    link_map links_;
    std::size_t unauthenticated_ = 0;  // accepted ones
    mesh_counters counters_;
    std::string scratch_;
};

}  // namespace sipha::cluster
