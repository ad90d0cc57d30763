#include "tests/sim/invariants.hpp"

#include <string>
#include <utility>
#include <vector>

namespace sipha::sim {

namespace {

using namespace std::chrono_literals;

/// Timer C (181 s), then 64*T1 for the CANCEL and 64*T1 for the machines that absorb.
constexpr auto drain_time = 260s;
/// An INVITE, its answer, the talk and the BYE; no message is lost while this is asked.
constexpr auto call_limit = 8s;

void report(world& in, std::string text) {
    in.log().violation(in.time().elapsed(), std::move(text));
}

/// Calls can reach it, as far as that depends on the phone and its NAT.
bool is_reachable(const phone& which) {
    return !which.is_behind_nat() || which.behind()->is_open(which.options().local);
}

bool must_ring(const world& in, const phone& which) {
    return which.is_settled() && which.is_registered() && in.ledger().is_promised(which) &&
           is_reachable(which);
}

/// The nodes take the phone's edge for the one that accepted it last. Otherwise its next refresh
/// moves the pings: when two edges registered it while they could not see each other, the skew of
/// their clocks may have put the two in another order than the phone did.
bool is_owned_by_its_edge(const world& in, const phone& which) {
    for (const auto& node : in.nodes()) {
        const auto origin = accepted_by(*node, which);
        if (origin.value == 0 ||
            in.node(origin.value).sip_address() != which.acknowledged()->edge) {
            return false;
        }
    }
    return true;
}

}  // namespace

void expect_convergence(world& in) {
    const auto has_converged = [&] {
        return in.are_all_ready() && in.are_views_settled() && in.are_digests_equal();
    };
    if (in.run_until(has_converged, convergence_limit)) {
        return;
    }
    std::string text = "no convergence:";
    for (const auto& node : in.nodes()) {
        text += ' ' + node->name();
        if (node->node() == nullptr) {
            text += " is dead;";
            continue;
        }
        text += node->is_ready() ? " ready" : " not ready";
        text += ", sees " + std::to_string(node->node()->cluster().ready_members().size()) +
                " ready, digest " + std::to_string(node->node()->location().digest()) + ", " +
                std::to_string(node->node()->location().size()) + " bindings;";
    }
    report(in, std::move(text));
}

void expect_promises_kept(world& in) {
    for (const auto& phone : in.phones()) {
        if (!phone->is_settled() || !in.ledger().is_promised(*phone)) {
            continue;
        }
        const bool is_removed = phone->acknowledged()->is_removal;
        if (!is_removed && !phone->is_registered()) {
            continue;  // expired by the phone's own count
        }
        for (const auto& node : in.nodes()) {
            if (!node->is_ready() || !node->is_running()) {
                continue;
            }
            const bool routes = routes_to(*node, *phone, in.time().now());
            if (is_removed && routes) {
                report(in, node->name() + " revived the removed " + phone->user());
            } else if (!is_removed && !routes) {
                report(in, node->name() + " lost the registered " + phone->user());
            }
        }
    }
}

void expect_callable(world& in) {
    struct placed {
        std::size_t index;
        const phone* whom;
        const node_host* through;
    };
    std::vector<placed> calls;
    for (const auto& phone : in.phones()) {
        for (const auto& node : in.nodes()) {
            if (must_ring(in, *phone) && node->is_ready() && node->is_running()) {
                const auto index = in.carrier().call(phone->user(), node->sip_address());
                calls.push_back({index, phone.get(), node.get()});
            }
        }
        in.run_for(10ms);
    }
    in.run_for(call_limit);
    for (const auto& call : calls) {
        const auto& record = in.carrier().record(call.index);
        if (record.outcome != outcome::completed) {
            report(
                in,
                call.whom->user() + " called through " + call.through->name() + ": " +
                    std::string(to_string(record.outcome)) + ' ' + std::to_string(record.status)
            );
        }
    }
}

void expect_one_pinger(world& in) {
    const duration interval = in.options().ping_interval;
    const auto from = in.time().now();
    std::vector<const phone*> watched;
    for (const auto& phone : in.phones()) {
        if (phone->is_behind_nat() && must_ring(in, *phone) && is_owned_by_its_edge(in, *phone)) {
            watched.push_back(phone.get());
        }
    }
    in.run_for(3 * interval);
    for (const auto* phone : watched) {
        if (!phone->is_settled() || !phone->is_registered()) {
            continue;
        }
        auto previous = ping{from, {}};
        for (const auto& next : phone->pings()) {
            if (next.at < from) {
                continue;
            }
            if (next.at - previous.at > 2 * interval) {
                report(in, phone->user() + " was not pinged for more than two intervals");
            }
            // A second of tolerance for the time on the way.
            if (previous.from.port != 0 && next.at - previous.at < interval - 1s) {
                report(
                    in,
                    phone->user() + " was pinged twice in an interval, by " +
                        previous.from.to_string() + " and " + next.from.to_string()
                );
            }
            previous = next;
        }
        if (in.time().now() - previous.at > 2 * interval) {
            report(in, phone->user() + " was not pinged for the last two intervals");
        }
    }
}

void expect_empty_tables(world& in) {
    for (const auto& phone : in.phones()) {
        phone->fall_silent();
    }
    in.run_for(drain_time);
    for (const auto& node : in.nodes()) {
        if (node->node() == nullptr) {
            continue;
        }
        const auto& transactions = node->node()->transactions();
        const auto contexts = node->node()->relay().context_count();
        if (transactions.server_count() + transactions.client_count() + contexts != 0) {
            report(
                in,
                node->name() + " still holds " + std::to_string(transactions.server_count()) +
                    " server transactions, " + std::to_string(transactions.client_count()) +
                    " client transactions and " + std::to_string(contexts) + " contexts"
            );
        }
    }
}

}  // namespace sipha::sim
