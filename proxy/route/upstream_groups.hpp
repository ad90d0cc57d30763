#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "proxy/route/hop_watcher.hpp"
#include "proxy/route/identity.hpp"
#include "proxy/route/lookup.hpp"
#include "proxy/route/own_request.hpp"
#include "proxy/route/targets.hpp"
#include "proxy/sip/message.hpp"
#include "proxy/txn/table.hpp"

namespace sipha::route {

/// Groups a configuration may have, and members of one group.
inline constexpr std::size_t max_upstream_groups = 256;
inline constexpr std::size_t max_group_members = 64;
/// Addresses of one member, and addresses tried for one request.
inline constexpr std::size_t max_member_addresses = 8;
inline constexpr std::size_t max_hops_of_request = 16;

/// Which member of a group takes a request; the others follow when it fails. Always among those of
/// the best priority that has a living member.
enum class balance : std::uint8_t {
    in_order,      ///< the first in the list
    round_robin,   ///< each in turn
    weighted,      ///< in turn, in proportion to the weights
    least_calls,   ///< the one with the fewest calls for its weight
    hash_call_id,  ///< by the Call-ID
    hash_from,     ///< by the caller's address of record
};

struct upstream_member {
    std::string uri;        ///< a sip: URI: an address, or a name to be located (RFC 3263)
    unsigned weight = 1;    ///< 1 to 1000
    unsigned priority = 0;  ///< smaller numbers are used first

    friend bool operator==(const upstream_member&, const upstream_member&) = default;
};

/// OPTIONS requests that ask a member whether it is there (RFC 3261 11).
struct probe_options {
    std::chrono::seconds interval{0};  ///< 0: no probes
    std::chrono::milliseconds timeout{4000};
    unsigned up = 2;    ///< good answers in a row until a lost member is used again
    unsigned down = 3;  ///< failures in a row until a member counts as lost
    /// Final responses that count as a failure; any other one shows that somebody is there.
    std::vector<int> bad_statuses{408, 503};

    friend bool operator==(const probe_options&, const probe_options&) = default;
};

struct upstream_group {
    std::string name;
    balance algorithm = balance::in_order;
    std::vector<upstream_member> members;  ///< at most max_group_members
    probe_options probe;
    /// Requests in a row that failed at a member until it counts as lost; 0: never.
    unsigned failures = 3;
    /// Without probes a lost member is tried again after this.
    std::chrono::seconds penalty{30};
    /// A member that is back takes its full share only after this; 0: at once.
    std::chrono::seconds slow_start{0};

    friend bool operator==(const upstream_group&, const upstream_group&) = default;
};

/// Name of the group that takes calls of phones which nothing else takes.
inline constexpr std::string_view default_group_name = "default";
/// The default group as a plain list of URIs: tried in order, without probes.
upstream_group default_group(std::vector<std::string> uris);

/// Whether a member takes new requests, as the administrator wants it.
enum class member_use : std::uint8_t { in_use, draining };

enum class member_state : std::uint8_t { up, down, draining };
std::string_view to_string(member_state state);

/// One member as the administrator sees it.
struct member_view {
    std::string_view group;
    std::string_view uri;
    member_state state = member_state::up;
    std::size_t addresses = 0;   ///< known now
    std::uint32_t calls = 0;     ///< under way, as far as they are counted
    std::uint64_t picked = 0;    ///< requests it was the first choice for
    std::uint64_t failures = 0;  ///< requests that failed there
    std::uint64_t probes = 0;
    std::uint64_t probes_failed = 0;
};

/// Groups of upstream servers: who takes the next request, who is alive (RFC 3263 4.3 asks that
/// failed servers be remembered). Pure: probes and lookups leave as effects. Every node of a
/// cluster judges for itself.
class upstream_groups final : public hop_watcher {
  public:
    struct parts {
        const identity& us;
        const target_finder& targets;
        txn::table& transactions;
    };
    /// All of `with` outlive this object. @param salt differs between nodes: spreads their probes.
    upstream_groups(std::vector<upstream_group> groups, parts with, std::uint64_t salt);

    /// New groups from the next request on. Members that stay keep their health.
    void reconfigure(std::vector<upstream_group> groups);

    /// Appends the places to try for a request, the chosen one first. Empty when all drain.
    /// @param group an index into the groups.
    void pick(
        timing::time_point now,
        std::size_t group,
        const sip::message& request,
        std::vector<next_hop>& out
    );

    void hop_failed(timing::time_point now, const sip::endpoint& remote, int status) override;
    void hop_answered(timing::time_point now, const sip::endpoint& remote) override;
    /// Calls that began or ended at this address, for balance::least_calls.
    void count_call(const sip::endpoint& remote, int change);

    /// No new requests for a member, or again; those under way go on.
    /// @returns false when there is no such member.
    bool set_use(std::string_view group, std::string_view uri, member_use use);
    std::vector<member_view> view() const;
    std::size_t size() const { return groups_.size(); }

    /// What came of a transaction with own_request_flag. @param status its final status; 408 and
    /// 503 also when it timed out or could not be sent.
    void on_probe_ended(timing::time_point now, txn::client_handle client, int status);
    void on_located(
        timing::time_point now, std::uint64_t query, const std::vector<sip::endpoint>& found
    );
    void advance(timing::time_point now, sip::outbox& messages, std::vector<lookup>& lookups);
    timing::time_point next_deadline() const { return deadline_; }

  private:
    struct member {
        upstream_member what;
        bool is_literal = false;
        bool is_draining = false;
        bool is_down = false;
        std::vector<sip::hop> hops;  ///< empty: not located yet
        timing::time_point up_since{};
        timing::time_point retry_at = timing::never;  ///< end of the penalty, without probes
        timing::time_point probe_at = timing::never;
        timing::time_point probe_limit = timing::never;
        txn::client_handle probe = 0;
        std::uint64_t query = 0;  ///< while it is located for a probe
        unsigned good = 0;        ///< probes in a row
        unsigned bad = 0;
        unsigned failed = 0;  ///< requests in a row
        double current = 0;   ///< smooth weighted round robin
        std::uint32_t calls = 0;
        member_view counts;
    };
    struct group {
        upstream_group what;
        std::vector<member> members;
    };
    struct place {
        std::uint32_t group;
        std::uint32_t index;
    };

    static double share_of(const group& in, const member& one, timing::time_point now);
    static double rank_of(
        const group& in, const member& one, timing::time_point now, std::uint64_t key
    );
    static void append_hops(const member& one, std::vector<next_hop>& out);
    void index_places();
    void lose(timing::time_point now, const group& in, member& one);
    void regain(timing::time_point now, member& one);
    void judge_probe(timing::time_point now, const group& in, member& one, bool is_good);
    void send_probe(timing::time_point now, place at, sip::outbox& messages);
    void begin_probe(
        timing::time_point now, place at, sip::outbox& messages, std::vector<lookup>& lookups
    );
    void schedule_probe(timing::time_point now, place at);
    void arm(timing::time_point when) { deadline_ = std::min(deadline_, when); }

    std::vector<group> groups_;
    parts with_;
    std::uint64_t salt_;
    std::unordered_map<sip::endpoint, std::vector<place>> places_;
    std::vector<place> located_;  ///< probes to send as soon as an outbox is at hand
    timing::time_point deadline_ = timing::never;
    std::uint64_t next_query_ = 1;
    std::uint64_t next_probe_ = 1;
};

}  // namespace sipha::route
