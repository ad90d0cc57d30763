#pragma once

#include <chrono>
#include <cstdint>

#include "proxy/timing/clock.hpp"

namespace sipha::cluster {

/// Every waiting time of the cluster. The defaults suit a LAN; equal values on all nodes.
struct timings {
    // Mesh.
    timing::duration handshake_limit = std::chrono::seconds(2);  ///< link opened to authenticated
    timing::duration redial_min = std::chrono::milliseconds(100);
    timing::duration redial_max = std::chrono::seconds(1);

    // Membership.
    timing::duration heartbeat = std::chrono::milliseconds(200);
    timing::duration suspect_after = std::chrono::milliseconds(800);    ///< silence
    timing::duration dead_after = std::chrono::milliseconds(1200);      ///< silence
    timing::duration reconnect_grace = std::chrono::milliseconds(150);  ///< link lost to dead

    // Synchronisation.
    timing::duration cold_after = std::chrono::seconds(2);  ///< no peer reachable: ready, empty
    /// How long a joining node that reaches peers, none of them ready, waits for a ready one.
    timing::duration donor_wait = std::chrono::milliseconds(500);
    timing::duration chunk_limit = std::chrono::seconds(1);  ///< sync_request to sync_chunk
    timing::duration differing_for = std::chrono::milliseconds(500);
    timing::duration pull_interval_min = std::chrono::seconds(2);   ///< per peer
    timing::duration pull_interval_max = std::chrono::seconds(32);  ///< after fruitless pulls
};

}  // namespace sipha::cluster
