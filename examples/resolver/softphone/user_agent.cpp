#include "examples/resolver/softphone/user_agent.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace softphone {
namespace {

namespace asio = boost::asio;
namespace resolver = sipha::resolver;
using boost::system::error_code;
using std::chrono::milliseconds;

// RFC 3261 17.1.1.1.
constexpr milliseconds t1{500};
constexpr milliseconds t2{4000};
/// RFC 3261 17.1.2.2 waits 64*T1 for a REGISTER; with another edge at hand that is too long.
constexpr milliseconds register_limit{2000};
constexpr milliseconds retry_pause{1000};
constexpr std::size_t max_calls = 64;

asio::ip::address to_asio(const resolver::address& ip) {
    const auto bytes = ip.bytes();
    if (ip.family() == resolver::address_family::v4) {
        asio::ip::address_v4::bytes_type raw;
        std::copy(bytes.begin(), bytes.end(), raw.begin());
        return asio::ip::address_v4(raw);
    }
    asio::ip::address_v6::bytes_type raw;
    std::copy(bytes.begin(), bytes.end(), raw.begin());
    return asio::ip::address_v6(raw);
}

std::string hostport(const asio::ip::udp::endpoint& at) {
    const auto host = at.address().to_string();
    return (at.address().is_v6() ? '[' + host + ']' : host) + ':' + std::to_string(at.port());
}

unsigned to_number(std::string_view text, unsigned otherwise) {
    unsigned value = 0;
    for (const char digit : text) {
        if (digit < '0' || digit > '9' || value > 1'000'000) {
            return otherwise;
        }
        value = value * 10 + static_cast<unsigned>(digit - '0');
    }
    return text.empty() ? otherwise : value;
}

}  // namespace

void say(const std::string& text) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto ms = std::chrono::duration_cast<milliseconds>(now).count();
    std::printf("%lld %s\n", static_cast<long long>(ms), text.c_str());
    std::fflush(stdout);
}

user_agent::user_agent(asio::io_context& io, settings use)
    : io_(io),
      use_(std::move(use)),
      resolver_(io.get_executor(), use_.dns),
      socket_(io, endpoint(use_.listen, 0)),
      retransmit_(io),
      deadline_(io),
      random_(std::random_device{}()) {
    contact_ = "sip:" + use_.user + '@' + hostport(socket_.local_endpoint());
    call_id_ = token() + '@' + use_.listen.to_string();
    from_tag_ = token();
}

void user_agent::start() {
    say("started contact=" + contact_);
    receive();
    since_ = clock::now();
    use_.session.account = "sip:" + use_.user + '@' + use_.domain;
    session_ = std::make_unique<resolver::asio_session>(
        resolver_,
        "sip:" + use_.domain,
        use_.session,
        [this](const resolver::session_event& event) { on_edge(event); }
    );
}

void user_agent::stop(std::function<void()> done) {
    stopped_ = std::move(done);
    session_.reset();
    if (!is_registered_) {
        stopped_();
        return;
    }
    use_.expires = std::chrono::seconds(0);  // RFC 3261 10.2.2: removes the binding
    send_register();
}

void user_agent::on_edge(const resolver::session_event& event) {
    using resolver::session_reason;
    const auto reason = std::string(name(event.reason));
    if (event.reason == session_reason::locate_failed) {
        say("locate-failed error=\"" + event.error.message() + '"');
        return;
    }
    if (event.reason == session_reason::located) {
        std::string list;
        for (const auto& place : session_->candidates()) {
            list += (list.empty() ? "" : ",") + place.to_string();
        }
        say("located candidates=" + list);
    }
    if (event.is_stale) {
        say("stale-addresses cause=" + reason);
    }
    const bool is_same = target_ && event.target && is_same_place(*target_, *event.target);
    if (!is_same || event.reason == session_reason::network_changed) {
        move_to(event);
    } else if (event.state == resolver::session_state::stranded) {
        wait_then(event.register_after, &user_agent::try_edge);
    } else if (event.state == resolver::session_state::pinned && !is_registered_ && !is_waiting_) {
        wait_then(milliseconds(0), &user_agent::try_edge);  // it is back: no reason to wait on
    }
}

void user_agent::move_to(const resolver::session_event& event) {
    if (target_) {
        say("edge-lost edge=" + edge_text() + " cause=" + std::string(name(event.reason)));
    }
    if (is_registered_) {
        since_ = clock::now();
    }
    is_registered_ = false;
    is_waiting_ = false;
    retransmit_.cancel();
    target_ = event.target;
    deadline_.cancel();
    if (target_) {
        edge_ = endpoint(to_asio(target_->ip), target_->port);
        wait_then(event.register_after, &user_agent::try_edge);
    }
}

void user_agent::try_edge() {
    say("trying edge=" + edge_text());
    send_register();
}

void user_agent::edge_failed(const resolver::outcome& what, const std::string& cause) {
    say("edge-failed edge=" + edge_text() + " cause=" + cause);
    const auto edge = *target_;
    // If it is the only one, it is tried again; a move cancels this.
    wait_then(retry_pause, &user_agent::try_edge);
    session_->report(edge, what);
}

void user_agent::send_register() {
    ++cseq_;
    const auto identity = "<sip:" + use_.user + '@' + use_.domain + '>';
    request_ = "REGISTER sip:" + use_.domain + " SIP/2.0\r\n" + "Via: SIP/2.0/UDP " +
               hostport(socket_.local_endpoint()) + ";rport;branch=z9hG4bK" + token() + "\r\n" +
               "Max-Forwards: 70\r\n" + "From: " + identity + ";tag=" + from_tag_ + "\r\n" +
               "To: " + identity + "\r\n" + "Call-ID: " + call_id_ + "\r\n" +
               "CSeq: " + std::to_string(cseq_) + " REGISTER\r\n" + "Contact: <" + contact_ +
               ">\r\n" + "Expires: " + std::to_string(use_.expires.count()) + "\r\n" +
               "Content-Length: 0\r\n\r\n";
    is_waiting_ = true;
    send(request_, edge_);
    repeat_register(t1);
    deadline_.expires_after(register_limit);
    deadline_.async_wait([this](error_code error) {
        if (error || !is_waiting_) {
            return;
        }
        if (stopped_) {
            stopped_();
        } else {
            edge_failed({resolver::outcome_kind::timeout, std::nullopt}, "register-timeout");
        }
    });
}

void user_agent::repeat_register(milliseconds wait) {
    retransmit_.expires_after(wait);
    retransmit_.async_wait([this, wait](error_code error) {
        if (!error && is_waiting_) {
            send(request_, edge_);
            repeat_register(std::min(wait * 2, t2));  // RFC 3261 17.1.2.2, timer E
        }
    });
}

void user_agent::registered(const sip_message& reply) {
    session_->report(*target_, {});
    is_registered_ = true;
    const auto took = std::chrono::duration_cast<milliseconds>(clock::now() - since_);
    say("registered edge=" + edge_text() + " contact=" + contact_ +
        " took=" + std::to_string(took.count()) + "ms");
    // RFC 3261 10.2.1.1: the registrar's choice counts, in the Contact or in Expires.
    auto granted = to_number(parameter(reply.header("contact"), "expires"), 0);
    if (granted == 0) {
        granted = to_number(
            reply.header("expires"), static_cast<unsigned>(std::max<long>(1, use_.expires.count()))
        );
    }
    deadline_.expires_after(std::chrono::seconds(granted) / 2);
    deadline_.async_wait([this](error_code error) {
        if (!error && !stopped_) {
            since_ = clock::now();
            send_register();
        }
    });
}

void user_agent::refused(const sip_message& reply) {
    const auto status = reply.status();
    say("register-refused edge=" + edge_text() + " status=" + std::to_string(status));
    const auto least = to_number(reply.header("min-expires"), 0);
    if (status == 423 && least > use_.expires.count()) {
        use_.expires = std::chrono::seconds(least);  // RFC 3261 10.2.8
        send_register();
    } else if (status >= 500 && status < 600) {
        resolver::outcome what{resolver::outcome_kind::unavailable, std::nullopt};
        if (const auto wait = to_number(reply.header("retry-after"), 0); wait != 0) {
            what.retry_after = std::chrono::seconds(wait);
        }
        edge_failed(what, "status-" + std::to_string(status));
    } else {
        wait_then(retry_pause * 5, &user_agent::send_register);
    }
}

void user_agent::wait_then(milliseconds wait, void (user_agent::*next)()) {
    deadline_.expires_after(wait);
    deadline_.async_wait([this, next](error_code error) {
        if (!error && !stopped_) {
            (this->*next)();
        }
    });
}

void user_agent::receive() {
    socket_.async_receive_from(
        asio::buffer(buffer_),
        sender_,
        [this](error_code error, std::size_t length) {
            if (error == asio::error::operation_aborted) {
                return;
            }
            // Other errors are ICMP news about an edge; the canary and the timer judge that.
            if (!error) {
                received({buffer_.data(), length}, sender_);
            }
            receive();
        }
    );
}

void user_agent::received(std::string_view datagram, const endpoint& from) {
    const auto message = parse_message(datagram);
    if (!message) {
        if (datagram.find_first_not_of("\r\n") != std::string_view::npos) {
            say("ignored-datagram from=" + hostport(from));
        }
        return;
    }
    if (message->is_request()) {
        on_request(*message, from);
        return;
    }
    const bool is_ours = is_waiting_ && message->header("call-id") == call_id_ &&
                         message->cseq() == cseq_ && message->status() >= 200;
    if (!is_ours) {
        return;  // provisional, or an answer to a REGISTER given up
    }
    is_waiting_ = false;
    retransmit_.cancel();
    deadline_.cancel();
    if (stopped_) {
        say("unregistered edge=" + edge_text());
        stopped_();
    } else if (message->status() < 300) {
        registered(*message);
    } else {
        refused(*message);
    }
}

void user_agent::on_request(const sip_message& request, const endpoint& from) {
    const auto method = request.method();
    const std::string call_id(request.header("call-id"));
    const auto found = calls_.find(call_id);
    if (method == "INVITE") {
        const auto port = static_cast<std::uint16_t>(reply_port(request, from.port()));
        on_invite(request, {from.address(), port}, from);
    } else if (method == "ACK") {
        if (found != calls_.end() && found->second.repeat) {
            found->second.repeat.reset();
            say("call-established call-id=" + call_id);
        }
    } else if (method == "BYE") {
        reply(request, from, found == calls_.end() ? "481 Call Does Not Exist" : "200 OK");
        if (found != calls_.end()) {
            calls_.erase(found);
            say("call-ended call-id=" + call_id + " cause=bye");
        }
    } else if (method == "OPTIONS" || method == "CANCEL") {
        reply(request, from, "200 OK");  // a CANCEL comes too late: calls are answered at once
    } else {
        reply(request, from, "405 Method Not Allowed");
    }
}

void user_agent::on_invite(const sip_message& request, const endpoint& to, const endpoint& from) {
    const std::string call_id(request.header("call-id"));
    const auto known = calls_.find(call_id);
    if (known == calls_.end() && calls_.size() >= max_calls) {
        reply(request, from, "486 Busy Here");
        return;
    }
    auto& item = calls_[call_id];
    const bool is_new = item.tag.empty();
    if (is_new) {
        item.tag = token();
        say("incoming call-id=" + call_id + " from=" + std::string(request.header("from")));
    }
    const auto host = use_.listen.to_string();
    const std::string family = use_.listen.is_v6() ? "IP6 " : "IP4 ";
    reply_parts parts;
    parts.status = "200 OK";
    parts.to_tag = item.tag;
    parts.headers = "Contact: <" + contact_ + ">\r\n";
    // RFC 863: port 9 discards whatever media arrives.
    parts.body = "v=0\r\no=- 1 1 IN " + family + host + "\r\ns=-\r\nc=IN " + family + host +
                 "\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\na=inactive\r\n";
    item.answer = make_reply(request, {from.address().to_string(), from.port()}, parts);
    item.to = to;
    item.next = t1;
    item.spent = milliseconds(0);
    send(item.answer, item.to);
    item.repeat = std::make_unique<asio::steady_timer>(io_);
    repeat_answer(call_id);
}

void user_agent::repeat_answer(const std::string& call_id) {
    auto& item = calls_.at(call_id);
    item.repeat->expires_after(item.next);
    item.repeat->async_wait([this, call_id](error_code error) {
        const auto found = calls_.find(call_id);
        if (error || found == calls_.end() || !found->second.repeat) {
            return;
        }
        auto& waiting = found->second;
        waiting.spent += waiting.next;
        if (waiting.spent >= 64 * t1) {
            // RFC 3261 13.3.1.4: without an ACK the dialog ends.
            calls_.erase(found);
            say("call-ended call-id=" + call_id + " cause=no-ack");
            return;
        }
        send(waiting.answer, waiting.to);
        waiting.next = std::min(waiting.next * 2, t2);
        repeat_answer(call_id);
    });
}

void user_agent::reply(
    const sip_message& request, const endpoint& from, const std::string& status
) {
    reply_parts parts;
    parts.status = status;
    parts.to_tag = from_tag_;
    parts.headers = "Contact: <" + contact_ + ">\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS\r\n";
    const auto port = static_cast<std::uint16_t>(reply_port(request, from.port()));
    send(
        make_reply(request, {from.address().to_string(), from.port()}, parts),
        {from.address(), port}
    );
}

void user_agent::send(const std::string& text, const endpoint& to) {
    error_code error;
    socket_.send_to(asio::buffer(text), to, 0, error);
    if (error) {
        say("send-failed to=" + hostport(to) + " error=\"" + error.message() + '"');
    }
}

std::string user_agent::edge_text() const {
    return "udp:" + hostport(edge_);
}

std::string user_agent::token() {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(random_()));
    return text;
}

}  // namespace softphone
