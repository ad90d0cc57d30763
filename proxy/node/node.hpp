#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/auth/authenticator.hpp"
#include "proxy/cluster/engine.hpp"
#include "proxy/crypto/mac.hpp"
#include "proxy/crypto/random.hpp"
#include "proxy/crypto/short_mac.hpp"
#include "proxy/guard/gate.hpp"
#include "proxy/ha/drain.hpp"
#include "proxy/ha/pinger.hpp"
#include "proxy/node/arrival.hpp"
#include "proxy/node/counters.hpp"
#include "proxy/node/effects.hpp"
#include "proxy/node/input.hpp"
#include "proxy/node/machine.hpp"
#include "proxy/node/options.hpp"
#include "proxy/route/dialog_token.hpp"
#include "proxy/route/identity.hpp"
#include "proxy/route/policy.hpp"
#include "proxy/route/registrar.hpp"
#include "proxy/route/relay.hpp"
#include "proxy/route/targets.hpp"
#include "proxy/sip/builder.hpp"
#include "proxy/sip/message.hpp"
#include "proxy/state/location.hpp"
#include "proxy/txn/branch.hpp"
#include "proxy/txn/table.hpp"

namespace sipha::proxy {

/// One edge node: routes inputs between its components and collects their effects. It decides
/// nothing itself; see the component that an input goes to.
class node final : public machine {
  public:
    explicit node(node_options options);

    void step(timing::instant now, const input& what, effects& out) override;
    timing::time_point next_deadline() const override;

    // For the administrator; between steps.
    /// Takes over what can change while the node runs; the rest of `options` is not looked at.
    void reconfigure(const node_options& options);
    /// While it drains, the node sends new requests away and goes on with what it has.
    void set_draining(ha::drain_state state) { drain_ = state; }
    ha::drain_state drain_state() const { return drain_; }
    /// True when a message goes on with something under way here, so that no other process of this
    /// node can take it.
    bool is_known(const sip_received& what);
    /// Takes a registration record of an earlier process of this node.
    void adopt_registration(timing::instant now, std::string_view record);
    /// All are here: the addresses they came from are known to the guard again.
    void finish_adoption(timing::instant now);
    /// Ends registrations as the phone itself would, here and on the other nodes.
    /// @param contact a contact URI as registered; empty: all contacts.
    /// @returns how many were live.
    std::size_t remove_contacts(
        timing::instant now, std::string_view aor, std::string_view contact
    );

    const node_options& options() const { return options_; }
    const state::location& location() const { return location_; }
    const cluster::engine& cluster() const { return cluster_; }
    const txn::table& transactions() const { return transactions_; }
    const route::relay& relay() const { return relay_; }
    const ha::pinger& pinger() const { return pinger_; }
    const node_counters& counters() const { return counters_; }
    const auth::authenticator& authenticator() const { return authenticator_; }
    const guard::gate& gate() const { return gate_; }
    /// The banned sources are heard again; for the administrator. @returns whether it was banned.
    bool lift_ban(timing::instant now, const geo::ip_address& source) {
        return gate_.lift_ban(now.mono, source);
    }
    /// Live reload of the users file.
    void set_users(std::shared_ptr<const auth::user_table> users) {
        authenticator_.set_users(std::move(users));
    }

  private:
    /// A REGISTER whose answer waits until other nodes hold what it changed.
    struct waiting_register {
        txn::server_handle server = 0;
        int status = 200;
        std::string response;
        timing::time_point limit{};
    };

    /// What a check of a new request found.
    enum class check_result : std::uint8_t { go_on, answered };

    void on_sip(timing::instant now, const sip_received& what, effects& out);
    void on_request(
        timing::instant now, const sip::message& request, const sip::hop& from, effects& out
    );
    void on_response(
        timing::instant now, const sip::message& response, const sip::hop& from, effects& out
    );
    void hand_over(
        const sip::message& response, const sip::hop& from, cluster::node_id owner, effects& out
    );
    void on_ack(timing::instant now, const arrival& ack, effects& out);
    void on_cancel(timing::instant now, const arrival& cancel, effects& out);
    void on_new_request(timing::instant now, const arrival& what, effects& out);
    // The checks of a new request, in their order; see requests.cpp.
    check_result read_routes(timing::instant now, pending_request& pending, effects& out);
    check_result check_draining(timing::instant now, pending_request& pending, effects& out);
    check_result check_load(timing::instant now, pending_request& pending, effects& out);
    check_result check_access(timing::instant now, pending_request& pending, effects& out);
    check_result check_user(timing::instant now, pending_request& pending, effects& out);
    check_result decide(timing::instant now, pending_request& pending, effects& out);
    check_result check_max_forwards(timing::instant now, pending_request& pending, effects& out);
    check_result check_proxy_require(timing::instant now, pending_request& pending, effects& out);
    check_result check_merged(timing::instant now, pending_request& pending, effects& out);
    check_result refuse(
        timing::instant now, const arrival& what, const sip::response_options& options, effects& out
    );
    // What the guard refuses; see guarding.cpp.
    bool is_admitted(timing::instant now, const sip_received& what, effects& out);
    check_result challenge(
        timing::instant now, const arrival& what, const auth::verdict& judged, effects& out
    );
    check_result refuse_unavailable(timing::instant now, const arrival& what, effects& out);
    route::source_class class_of(const arrival& what) const;
    void act(timing::instant now, const pending_request& pending, effects& out);

    void on_register(timing::instant now, const arrival& what, effects& out);
    void forward(
        timing::instant now,
        const arrival& what,
        const route::route_view& routes,
        const route::decision& decided,
        effects& out
    );
    void answer(
        timing::instant now, const arrival& what, const sip::response_options& options, effects& out
    );
    std::string compose(const arrival& what, sip::response_options options) const;
    std::string to_tag(const sip::message& request) const;

    void run_due(timing::instant now, effects& out);
    void on_cluster_events(timing::instant now, effects& out);
    void on_replicated(timing::instant now, const cluster::replicated& progress, effects& out);
    void answer_overdue_registers(timing::instant now, effects& out);

    route::relay_output to_relay(effects& out) { return {out.messages, out.resolves}; }

    node_options options_;
    crypto::random random_;
    crypto::mac mac_;
    std::optional<crypto::mac> previous_mac_;
    crypto::short_mac tag_key_;
    guard::gate gate_;
    auth::authenticator authenticator_;
    std::optional<auth::identity> user_;  ///< who sent the request in hand
    route::identity us_;
    route::dialog_tokens tokens_;
    txn::branch_codec branches_;
    state::location location_;
    cluster::engine cluster_;
    txn::table transactions_;
    route::policy policy_;
    route::registrar registrar_;
    route::target_finder targets_;
    route::relay relay_;
    ha::pinger pinger_;

    std::map<std::uint64_t, waiting_register> waiting_;  ///< by the sequence of the last record
    std::vector<cluster::event> cluster_events_;
    std::vector<txn::table_event> txn_events_;
    sip::message parsed_;
    ha::drain_state drain_ = ha::drain_state::off;
    node_counters counters_;
};

}  // namespace sipha::proxy
