#include "tests/sim/carrier.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "proxy/sip/values.hpp"
#include "tests/sim/ua_text.hpp"

namespace sipha::sim {

namespace {

constexpr auto talk_time = std::chrono::milliseconds(500);
/// Without a final answer the carrier takes the call for lost.
constexpr auto ring_limit = std::chrono::seconds(60);

}  // namespace

std::string_view to_string(outcome value) {
    constexpr std::array<std::string_view, 6> names = {
        "calling", "answered", "completed", "refused", "unanswered", "bye_lost"};
    return names[static_cast<std::size_t>(value)];
}

carrier::carrier(surroundings around, sip::endpoint local) : around_(around), local_(local) {
    around_.net.attach(local_.ip, *this);
}

std::size_t carrier::count(outcome which) const {
    return static_cast<std::size_t>(std::count_if(
        calls_.begin(), calls_.end(), [&](const auto& call) { return call.record.outcome == which; }
    ));
}

std::size_t carrier::call(const std::string& user, const sip::endpoint& through) {
    const auto index = calls_.size();
    auto& call = calls_.emplace_back();
    call.record.user = user;
    call.record.through = through;
    call.record.started = around_.time.now();
    call.call_id = around_.dice.hex(64) + "@carrier";
    call.branch = around_.dice.hex(64);
    call.from = "<sip:carrier@carrier.example>;tag=" + around_.dice.hex(32);
    by_call_id_[call.call_id] = index;
    request_text text;
    text.method = "INVITE";
    text.uri = "sip:" + user + "@example.com";
    text.sent_by = local_;
    text.branch = call.branch;
    text.from = call.from;
    text.to = '<' + text.uri + '>';
    text.call_id = call.call_id;
    text.contact = contact_at("carrier", local_);
    retransmission::plan plan;
    plan.grows = retransmission::growth::doubling;
    plan.send = [this, through, bytes = write_request(text)] {
        around_.net.send(local_, through, bytes);
    };
    plan.give_up = [this, index] {
        calls_[index].request.reset();
        calls_[index].record.outcome = outcome::unanswered;
    };
    call.request.emplace(around_.time, std::move(plan));
    return index;
}

void carrier::on_datagram(const sip::endpoint& to, const sip::endpoint&, std::string_view bytes) {
    if (to != local_ || sip::parse_message(bytes, parsed_) || parsed_.is_request()) {
        return;
    }
    const auto known = by_call_id_.find(value_of(parsed_, sip::header_id::call_id));
    if (known == by_call_id_.end()) {
        return;
    }
    auto& call = calls_[known->second];
    const auto method = cseq_method_of(parsed_);
    if (method == "INVITE") {
        on_invite_response(known->second, parsed_);
    } else if (method == "BYE" && parsed_.status() >= 200 && call.request) {
        call.request.reset();
        call.record.outcome = parsed_.status() < 300 ? outcome::completed : outcome::bye_lost;
    }
}

void carrier::on_invite_response(std::size_t index, const sip::message& response) {
    auto& call = calls_[index];
    if (response.status() >= 200 && response.status() < 300) {
        on_answer(index, response);
        return;
    }
    if (response.status() >= 300) {
        // RFC 3261 17.1.1.3: the ACK has the INVITE's branch; each repeated response gets it again.
        request_text text;
        text.method = "ACK";
        text.uri = "sip:" + call.record.user + "@example.com";
        text.sent_by = local_;
        text.branch = call.branch;
        text.from = call.from;
        text.to = std::string(value_of(response, sip::header_id::to));
        text.call_id = call.call_id;
        around_.net.send(local_, call.record.through, write_request(text));
    }
    if (call.record.outcome != outcome::calling) {
        return;
    }
    call.request.reset();  // no Timer A after a provisional response (17.1.1.2)
    ++call.waiting;
    if (response.status() < 200) {
        give_up_later(index);
        return;
    }
    call.record.outcome = outcome::refused;
    call.record.status = response.status();
}

void carrier::give_up_later(std::size_t index) {
    around_.time.after(ring_limit, [this, index, waiting = calls_[index].waiting] {
        auto& call = calls_[index];
        if (call.waiting == waiting && call.record.outcome == outcome::calling) {
            call.record.outcome = outcome::unanswered;
        }
    });
}

void carrier::on_answer(std::size_t index, const sip::message& ok) {
    auto& call = calls_[index];
    if (!call.ack.empty()) {
        around_.net.send(local_, call.next_hop, call.ack);  // a repeated 200 (RFC 3261 13.2.2.4)
        return;
    }
    call.request.reset();
    ++call.waiting;
    call.remote_to = value_of(ok, sip::header_id::to);
    call.target = uri_of(value_of(ok, sip::header_id::contact));
    call.next_hop = call.record.through;
    // RFC 3261 12.1.2: the route set is the Record-Route in reverse order.
    std::vector<std::string_view> route_set;
    for (const auto value : sip::values_of(ok, sip::header_id::record_route)) {
        route_set.push_back(value);
    }
    std::reverse(route_set.begin(), route_set.end());
    for (const auto route : route_set) {
        call.routes += "Route: " + std::string(route) + "\r\n";
    }
    const auto first = route_set.empty() ? std::string_view(call.target) : uri_of(route_set[0]);
    call.next_hop = address_of(first).value_or(call.record.through);
    call.ack = in_dialog(call, "ACK", 1);
    around_.net.send(local_, call.next_hop, call.ack);
    call.record.outcome = outcome::answered;
    call.record.status = ok.status();
    call.record.answered = around_.time.now();
    around_.time.after(talk_time, [this, index] { hang_up(index); });
}

void carrier::hang_up(std::size_t index) {
    auto& call = calls_[index];
    retransmission::plan plan;
    plan.send = [this, to = call.next_hop, bytes = in_dialog(call, "BYE", 2)] {
        around_.net.send(local_, to, bytes);
    };
    plan.give_up = [this, index] {
        calls_[index].request.reset();
        calls_[index].record.outcome = outcome::bye_lost;
    };
    call.request.emplace(around_.time, std::move(plan));
}

std::string carrier::in_dialog(
    const call_state& call, std::string_view method, std::uint32_t cseq
) {
    request_text text;
    text.method = method;
    text.uri = call.target;
    text.sent_by = local_;
    text.branch = around_.dice.hex(64);
    text.from = call.from;
    text.to = call.remote_to;
    text.call_id = call.call_id;
    text.cseq = cseq;
    text.lines = call.routes;
    return write_request(text);
}

}  // namespace sipha::sim
