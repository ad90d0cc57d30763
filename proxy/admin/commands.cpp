#include "proxy/admin/commands.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

#include <boost/json.hpp>

#include "proxy/admin/utf8.hpp"

namespace sipha::admin {

namespace {

namespace json = boost::json;

constexpr std::size_t default_contacts = 1000;
constexpr std::int64_t max_contacts = 10'000;

json::object refuse(std::string_view why) {
    return {{"ok", false}, {"error", why}};
}

json::object status(const proxy::node& node, const shell_counters& shell) {
    const auto& counters = node.counters();
    const auto& relay = node.relay().counters();
    const auto& location = node.location().counters();
    json::object totals{
        {"sip_requests", counters.requests},
        {"sip_responses", counters.responses},
        {"registers", counters.registers},
        {"registers_unconfirmed", counters.registers_unconfirmed},
        {"refused", counters.refused},
        {"relayed_requests", relay.requests},
        {"relayed_acks", relay.acks},
        {"failovers", relay.failovers},
        {"pings", node.pinger().sent()},
        {"keepalives", counters.keepalives},
        {"handed_over_responses", counters.handed_over_responses},
        {"bindings_merged", location.merged},
        {"bindings_expired", location.expired},
    };
    json::object drops{
        {"unparsable", counters.dropped_unparsable},
        {"invalid_request", counters.dropped_invalid_request},
        {"invalid_response", counters.dropped_invalid_response},
        {"stray_response", counters.dropped_stray_response},
        {"forged_response", counters.dropped_forged_response},
        {"foreign_response", counters.dropped_foreign_response},
        {"stray_ack", counters.dropped_stray_ack},
        {"relay_overload", relay.dropped_overload},
        {"relay_responses", relay.dropped_responses},
        {"record_malformed", location.dropped_malformed},
        {"record_limit", location.dropped_limit},
    };
    json::object of_shell;
    if (shell) {
        shell([&](std::string_view name, std::uint64_t count) { of_shell[name] = count; });
    }
    return {
        {"ok", true},
        {"node", node.options().cluster.self.value},
        {"name", node.options().name},
        {"ready", node.cluster().is_ready()},
        {"bindings", node.location().size()},
        {"server_transactions", node.transactions().server_count()},
        {"client_transactions", node.transactions().client_count()},
        {"calls_in_setup", node.relay().context_count()},
        {"totals", std::move(totals)},
        {"drops", std::move(drops)},
        {"shell", std::move(of_shell)},
    };
}

json::object nodes(timing::instant now, const proxy::node& node) {
    json::array list;
    list.push_back(json::object{
        {"id", node.options().cluster.self.value},
        {"name", node.options().name},
        {"state", "self"},
        {"ready", node.cluster().is_ready()},
        {"epoch", node.cluster().epoch()},
    });
    for (const auto& peer : node.cluster().status(now)) {
        json::object entry{
            {"id", peer.id.value},
            {"name", peer.name},
            {"state", cluster::to_string(peer.state)},
            {"ready", peer.is_ready},
            {"epoch", peer.epoch},
            {"last_heard_ms", peer.last_heard_age.count()},
        };
        if (peer.has_equal_digest) {
            entry["in_sync"] = *peer.has_equal_digest;
        }
        if (peer.rtt) {
            entry["rtt_us"] = peer.rtt->count();
        }
        list.push_back(std::move(entry));
    }
    return {{"ok", true}, {"nodes", std::move(list)}};
}

json::object contact(timing::instant now, const state::binding& binding) {
    const auto& [version, value, is_removed, forget_at] = binding.winner();
    // Phones wrote these texts, in whatever encoding.
    const auto left = std::chrono::ceil<std::chrono::seconds>(value.expires_at - now.mono);
    return {
        {"aor", to_utf8(binding.aor)},
        {"contact", to_utf8(value.contact)},
        {"expires_s", left.count()},
        {"source", value.source.to_string()},
        {"reach", value.reach == state::reach::source ? "source" : "contact"},
        {"accepted_by", version.origin.value},
        {"call_id", to_utf8(version.call_id)},
        {"cseq", version.cseq},
        {"user_agent", to_utf8(value.user_agent)},
    };
}

json::object contacts(timing::instant now, const proxy::node& node, const json::object& request) {
    const auto* aor = request.if_contains("aor");
    if (aor != nullptr && !aor->is_string()) {
        return refuse("\"aor\" is not a string; give an address of record as sip:user@domain");
    }
    const auto* wanted = request.if_contains("limit");
    auto limit = default_contacts;
    if (wanted != nullptr) {
        if (!wanted->is_int64() || wanted->get_int64() < 1 || wanted->get_int64() > max_contacts) {
            return refuse("\"limit\" is not a number from 1 to 10000");
        }
        limit = static_cast<std::size_t>(wanted->get_int64());
    }
    std::vector<const state::binding*> found;
    const auto take = [&](const state::binding& binding) {
        if (binding.is_live(now.mono)) {
            found.push_back(&binding);
        }
    };
    const auto& location = node.location();
    if (aor != nullptr) {
        const auto& text = aor->get_string();
        for (const auto which : location.bindings_of({text.data(), text.size()})) {
            take(*location.find(which));
        }
    } else {
        location.visit_all([&](state::binding_handle, const auto& binding) { take(binding); });
    }
    // Only what is shown is put in order: the worker waits for this.
    const auto shown = std::min(limit, found.size());
    const auto end = found.begin() + static_cast<std::ptrdiff_t>(shown);
    std::partial_sort(found.begin(), end, found.end(), [](const auto* left, const auto* right) {
        return left->aor != right->aor ? left->aor < right->aor : left->key < right->key;
    });
    json::array list;
    for (auto each = found.begin(); each != end; ++each) {
        list.push_back(contact(now, **each));
    }
    return {{"ok", true}, {"total", found.size()}, {"contacts", std::move(list)}};
}

json::object dispatch(
    timing::instant now, const proxy::node& node, const shell_counters& shell, std::string_view line
) {
    boost::system::error_code error;
    const auto parsed = json::parse({line.data(), line.size()}, error);
    const auto* request = parsed.if_object();
    const auto* command = request == nullptr ? nullptr : request->if_contains("command");
    if (error || command == nullptr || !command->is_string()) {
        return refuse("the request is not a JSON object with a \"command\"");
    }
    const std::string_view name(command->get_string().data(), command->get_string().size());
    if (name == "status") {
        return status(node, shell);
    }
    if (name == "nodes") {
        return nodes(now, node);
    }
    if (name == "contacts") {
        return contacts(now, node, *request);
    }
    return refuse("unknown command; known are status, nodes and contacts");
}

}  // namespace

std::string answer(
    timing::instant now,
    const proxy::node& node,
    const shell_counters& shell,
    std::string_view request
) {
    return json::serialize(dispatch(now, node, shell, request));
}

}  // namespace sipha::admin
