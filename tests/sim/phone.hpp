#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/sip/message.hpp"
#include "tests/sim/datagram_net.hpp"
#include "tests/sim/nat.hpp"
#include "tests/sim/retransmission.hpp"
#include "tests/sim/scheduler.hpp"

namespace sipha::sim {

struct phone_options {
    std::string user;
    sip::endpoint local;                           ///< private when there is a NAT
    std::optional<geo::ip_address> nat_address{};  ///< the NAT's public address
    duration nat_timeout = std::chrono::seconds(60);
    std::chrono::seconds expires{600};  ///< asked for; refreshed at half of it
    /// How long an edge may leave a REGISTER unanswered before the next one is tried.
    duration edge_limit = std::chrono::seconds(32);
    std::vector<sip::endpoint> edges;  ///< in order of preference
};

/// One REGISTER as the phone sent it.
struct registration_attempt {
    std::string call_id;
    std::uint32_t cseq = 0;
    bool is_removal = false;
    sip::endpoint edge;
    time_point acknowledged_at{};
    time_point expires_at{};  ///< by the phone's count; of an acknowledged one
};

struct ping {
    time_point at{};
    sip::endpoint from;
};

struct phone_counters {
    std::uint64_t acknowledged = 0;  ///< 200s for a REGISTER
    std::uint64_t refused = 0;       ///< other final answers
    std::uint64_t unanswered = 0;
    std::uint64_t invites = 0;  ///< not counting retransmissions
    std::uint64_t acks = 0;
    std::uint64_t byes = 0;
};

/// A small SIP telephone over UDP: keeps itself registered and answers every call.
class phone final : public host {
  public:
    struct surroundings {
        scheduler& time;
        datagram_net& net;
        crypto::random& dice;
    };
    phone(surroundings around, phone_options options);
    ~phone() override;
    phone(const phone&) = delete;
    phone& operator=(const phone&) = delete;

    /// Registers at edges[index], from now on again at half of each expiry, and at the next edge
    /// when that one does not answer.
    void register_at(std::size_t index);
    /// Removes the registration at the edge used last, and stays silent.
    void unregister();
    /// Starts anew with another Call-ID (RFC 3261 10.2 wants one per boot).
    void reboot();
    /// Stops refreshing without a word.
    void fall_silent();

    const phone_options& options() const { return options_; }
    const std::string& user() const { return options_.user; }
    bool is_behind_nat() const { return nat_ != nullptr; }
    const nat* behind() const { return nat_.get(); }
    /// The latest REGISTER sent, and the latest one answered with 200.
    const std::optional<registration_attempt>& attempted() const { return attempted_; }
    const std::optional<registration_attempt>& acknowledged() const { return acknowledged_; }
    /// The last thing asked for is also the last thing granted: no REGISTER is on its way.
    bool is_settled() const;
    /// A registration is acknowledged and by the phone's own count not expired.
    bool is_registered() const;
    const std::vector<ping>& pings() const { return pings_; }
    const phone_counters& counters() const { return counters_; }

    /// Called for each 200 to a REGISTER, after `acknowledged` was set.
    void on_acknowledged(std::function<void(const phone&)> told) { told_ = std::move(told); }

    void on_datagram(const sip::endpoint& to, const sip::endpoint& from, std::string_view bytes)
        override;

  private:
    struct incoming_call {
        std::string to_tag;
        std::string last_response;
        std::optional<retransmission> answering{};  ///< 200 until the ACK comes
    };
    enum class purpose : std::uint8_t { bind, remove };

    void send(const sip::endpoint& to, std::string_view bytes);
    void send_register(purpose why);
    void on_register_response(const sip::message& response);
    void try_next_edge();
    void plan_refresh();
    void on_request(const sip::message& request, const sip::endpoint& from);
    void on_invite(const sip::message& invite, const sip::endpoint& from);

    surroundings around_;
    phone_options options_;
    std::unique_ptr<nat> nat_;
    std::string call_id_;
    std::string from_tag_;
    std::uint32_t cseq_ = 0;
    std::size_t edge_ = 0;
    std::uint64_t plan_ = 0;  // outdates planned refreshes
    std::optional<retransmission> registering_;
    std::optional<registration_attempt> attempted_;
    std::optional<registration_attempt> acknowledged_;
    std::map<std::string, incoming_call> calls_;  // by Call-ID
    std::vector<ping> pings_;
    phone_counters counters_;
    std::function<void(const phone&)> told_;
    sip::message parsed_;
};

}  // namespace sipha::sim
