#include "tests/sim/phone.hpp"

#include <algorithm>
#include <utility>

#include "tests/sim/ua_text.hpp"

namespace sipha::sim {

namespace {

constexpr auto answer_after = std::chrono::milliseconds(300);  // of ringing
constexpr auto retry_after = std::chrono::seconds(1);

}  // namespace

phone::phone(surroundings around, phone_options options)
    : around_(around), options_(std::move(options)) {
    if (options_.nat_address) {
        nat_ = std::make_unique<nat>(
            nat::surroundings{around_.net, around_.time, *this},
            *options_.nat_address,
            options_.nat_timeout
        );
    } else {
        around_.net.attach(options_.local.ip, *this);
    }
    reboot();
}

phone::~phone() {
    if (nat_ == nullptr) {
        around_.net.detach(options_.local.ip);
    }
}

void phone::reboot() {
    fall_silent();
    call_id_ = around_.dice.hex(64) + '@' + options_.user;
    from_tag_ = around_.dice.hex(32);
    cseq_ = 0;
}

void phone::fall_silent() {
    ++plan_;
    registering_.reset();
}

bool phone::is_settled() const {
    return acknowledged_ && attempted_->call_id == acknowledged_->call_id &&
           attempted_->cseq == acknowledged_->cseq;
}

bool phone::is_registered() const {
    return acknowledged_ && !acknowledged_->is_removal &&
           acknowledged_->expires_at > around_.time.now();
}

void phone::register_at(std::size_t index) {
    edge_ = index % options_.edges.size();
    send_register(purpose::bind);
}

void phone::unregister() {
    send_register(purpose::remove);
}

void phone::send(const sip::endpoint& to, std::string_view bytes) {
    if (nat_ != nullptr) {
        nat_->send(options_.local, to, bytes);
    } else {
        around_.net.send(options_.local, to, bytes);
    }
}

void phone::send_register(purpose why) {
    ++plan_;
    const auto& edge = options_.edges[edge_];
    const bool is_removal = why == purpose::remove;
    attempted_ = registration_attempt{call_id_, ++cseq_, is_removal, edge, {}, {}};
    const auto aor = "<sip:" + options_.user + "@example.com>";
    request_text text;
    text.method = "REGISTER";
    text.uri = "sip:example.com";
    text.sent_by = options_.local;
    text.branch = around_.dice.hex(64);
    text.from = aor + ";tag=" + from_tag_;
    text.to = aor;
    text.call_id = call_id_;
    text.cseq = cseq_;
    text.contact = contact_at(options_.user, options_.local);
    text.lines = "Expires: " + std::to_string(is_removal ? 0 : options_.expires.count()) + "\r\n";
    retransmission::plan plan;
    plan.limit = options_.edge_limit;
    plan.send = [this, edge, bytes = write_request(text)] { send(edge, bytes); };
    plan.give_up = [this] {
        ++counters_.unanswered;
        registering_.reset();
        try_next_edge();
    };
    registering_.emplace(around_.time, std::move(plan));
}

void phone::try_next_edge() {
    edge_ = (edge_ + 1) % options_.edges.size();
    send_register(attempted_->is_removal ? purpose::remove : purpose::bind);
}

void phone::on_register_response(const sip::message& response) {
    // Answers to an earlier attempt do not count: the phone has moved on.
    if (!registering_ || value_of(response, sip::header_id::call_id) != attempted_->call_id ||
        cseq_of(response) != attempted_->cseq || response.status() < 200) {
        return;
    }
    registering_.reset();
    if (response.status() != 200) {
        ++counters_.refused;
        around_.time.after(retry_after, [this, plan = ++plan_] {
            if (plan == plan_) {
                try_next_edge();
            }
        });
        return;
    }
    ++counters_.acknowledged;
    acknowledged_ = attempted_;
    acknowledged_->acknowledged_at = around_.time.now();
    acknowledged_->expires_at = around_.time.now() + options_.expires;
    if (!acknowledged_->is_removal) {
        plan_refresh();
    }
    if (told_) {
        told_(*this);
    }
}

void phone::plan_refresh() {
    around_.time.after(options_.expires / 2, [this, plan = ++plan_] {
        if (plan == plan_) {
            send_register(purpose::bind);
        }
    });
}

void phone::on_datagram(
    const sip::endpoint& to, const sip::endpoint& from, std::string_view bytes
) {
    if (to != options_.local) {
        return;
    }
    if (bytes.find_first_not_of("\r\n") == std::string_view::npos) {
        pings_.push_back({around_.time.now(), from});
        return;
    }
    if (sip::parse_message(bytes, parsed_)) {
        return;
    }
    if (parsed_.is_request()) {
        on_request(parsed_, from);
    } else if (cseq_method_of(parsed_) == "REGISTER") {
        on_register_response(parsed_);
    }
}

void phone::on_request(const sip::message& request, const sip::endpoint& from) {
    const auto call = calls_.find(std::string(value_of(request, sip::header_id::call_id)));
    switch (request.method()) {
        case sip::method::invite:
            on_invite(request, from);
            return;
        case sip::method::ack:
            if (call != calls_.end() && call->second.answering) {
                ++counters_.acks;
                call->second.answering.reset();
            }
            return;
        case sip::method::bye:
            counters_.byes += call == calls_.end() ? 0u : 1u;
            send(from, write_response(request, {call == calls_.end() ? 481 : 200, "bye", {}}));
            if (call != calls_.end()) {
                call->second.answering.reset();  // RFC 3261 15.1.2: the session is over
            }
            return;
        default:
            send(from, write_response(request, {405, "none", {}}));
            return;
    }
}

void phone::on_invite(const sip::message& invite, const sip::endpoint& from) {
    const auto call_id = std::string(value_of(invite, sip::header_id::call_id));
    const auto [place, is_new] = calls_.try_emplace(call_id);
    auto& call = place->second;
    if (!is_new) {
        send(from, call.last_response);  // a retransmission (RFC 3261 17.2.1)
        return;
    }
    ++counters_.invites;
    call.to_tag = around_.dice.hex(32);
    const auto contact = contact_at(options_.user, options_.local);
    call.last_response = write_response(invite, {180, call.to_tag, contact});
    send(from, call.last_response);
    around_.time.after(
        answer_after,
        [this, from, call_id, ok = write_response(invite, {200, call.to_tag, contact})] {
            auto& answered = calls_.at(call_id);
            answered.last_response = ok;
            // RFC 3261 13.3.1.4: the 200 is repeated until the ACK comes.
            retransmission::plan plan;
            plan.send = [this, from, ok] { send(from, ok); };
            plan.give_up = [this, call_id] { calls_.at(call_id).answering.reset(); };
            answered.answering.emplace(around_.time, std::move(plan));
        }
    );
}

}  // namespace sipha::sim
