// Whole calls: INVITE, 180, 200, ACK, BYE, 200 between our own callers and callees.
#include <charconv>

#include "tests/load/text.hpp"
#include "tests/load/workload.hpp"

namespace sipha::load {

namespace {

using clock = std::chrono::steady_clock;

/// The INVITE has 700 octets with a body of this size, as a phone's has.
constexpr std::size_t body_bytes = 245;

std::string make_body() {
    std::string body =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        "m=audio 40000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\n"
        "a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n";
    body += "a=x-pad:" + std::string(body_bytes - body.size() - 10, '0') + "\r\n";
    return body;
}

class call_load final : public workload {
  public:
    call_load(const load_options& options, links& over)
        : options_(options), links_(over), calls_(options.units), body_(make_body()) {
        auto place = parse_place(options.local + ":0");
        const auto count = options.is_tcp ? options.connections : 1;
        for (std::uint32_t i = 0; i < count; ++i) {
            place.sin_port = htons(caller_port);
            callers_.push_back(open(place));
        }
        for (std::uint32_t i = 0; i < count; ++i) {
            place.sin_port = htons(callee_port);
            callees_.push_back(open(place));
        }
        if (options_.is_tcp && options_.users == 0) {
            options_.users = options_.connections;
        }
    }

    void prepare() override {
        // Over UDP the callers' address is made known, which lets it use the upstream.
        if (options_.users == 0 && options_.registers) {
            send_register(callers_[0], "caller", 0);
            registers_ = 1;
        }
        next_user_ = 0;
        for (int i = 0; i < 32; ++i) {
            register_next();
        }
    }
    bool is_prepared() const override {
        return registered_ == std::max(options_.users, registers_);
    }

    void begin(std::uint32_t unit) override {
        auto& call = calls_[unit];
        call.began = clock::now();
        send_request(unit, "INVITE", {}, {});
    }

    void received(std::size_t link, std::string_view message, const sockaddr_in& from) override {
        const bool is_caller = link < callers_.size();
        const auto status = status_of(message);
        const auto cseq = value_of(message, "CSeq");
        if (cseq.ends_with("REGISTER")) {
            result.refused += status == 200 ? 0 : 1;
            ++registered_;
            register_next();
            return;
        }
        if (message.starts_with("OPTIONS ")) {
            respond(link, from, message, "200 OK", {});
            return;
        }
        const auto unit = unit_of(message);
        if (unit >= calls_.size()) {
            ++result.unexpected;
        } else if (is_caller && status != 0) {
            answered(unit, status, cseq, message);
        } else if (!is_caller && status == 0) {
            called(link, from, unit, message);
        } else {
            ++result.unexpected;
        }
    }

  private:
    struct call_state {
        clock::time_point began;
        bool has_rung = false;
        bool is_taken = false;     ///< the caller has its 200
        bool was_invited = false;  ///< the callee has the INVITE
        bool is_acked = false;
        bool was_hung_up = false;  ///< the callee has the BYE
        bool is_done = false;
        std::string held_200;  ///< sent when the 180 has arrived
        std::size_t callee_link = 0;
        sockaddr_in callee_from{};
        std::string bye;  ///< sent when the ACK has arrived
    };

    std::size_t open(sockaddr_in place) {
        if (!options_.is_tcp) {
            return links_.add_udp(place);
        }
        place.sin_port = 0;
        return links_.add_tcp(place, options_.proxy);
    }

    std::size_t caller_of(std::uint32_t unit) const { return callers_[unit % callers_.size()]; }

    void register_next() {
        if (next_user_ < options_.users) {
            const auto user = next_user_++;
            send_register(callees_[user % callees_.size()], "u" + std::to_string(user), user);
        }
    }

    const char* transport() const { return options_.is_tcp ? "TCP" : "UDP"; }

    void send_register(std::size_t link, const std::string& user, std::uint32_t number) {
        const auto here = to_text(links_.local(link));
        const auto aor = "sip:" + user + "@" + options_.domain;
        std::string text = "REGISTER sip:" + options_.domain + " SIP/2.0\r\nVia: SIP/2.0/" +
                           transport() + " " + here + ";rport;branch=z9hG4bKr" +
                           std::to_string(number) + "\r\nMax-Forwards: 70\r\nFrom: <" + aor +
                           ">;tag=r" + std::to_string(number) + "\r\nTo: <" + aor +
                           ">\r\nCall-ID: r" + std::to_string(number) +
                           "@load\r\nCSeq: 1 REGISTER\r\nContact: <sip:" + user + "@" + here +
                           (options_.is_tcp ? ";transport=tcp" : "") +
                           ">\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n";
        links_.send(link, options_.proxy, text);
    }

    /// The caller's requests. @param to_tag and @param routes are empty for the INVITE.
    std::string request(
        std::uint32_t unit,
        const std::string& method,
        std::string_view uri,
        std::string_view to_line,
        const std::string& routes
    ) const {
        const auto link = caller_of(unit);
        const auto here = to_text(links_.local(link));
        const auto number = std::to_string(unit);
        const bool is_invite = method == "INVITE";
        std::string text = method + " " + std::string(uri) + " SIP/2.0\r\nVia: SIP/2.0/" +
                           transport() + " " + here + ";rport;branch=z9hG4bK" + method + number +
                           "\r\n" + routes + "Max-Forwards: 70\r\nFrom: \"Load\" <sip:caller@" +
                           options_.domain + ">;tag=f" + number + "\r\n" + std::string(to_line) +
                           "Call-ID: c" + number + "-load@" + options_.local +
                           "\r\nCSeq: " + (method == "BYE" ? "2 " : "1 ") + method +
                           "\r\nContact: <sip:caller@" + here +
                           (options_.is_tcp ? ";transport=tcp" : "") + ">\r\n";
        if (is_invite) {
            text +=
                "User-Agent: sip_load\r\nAllow: INVITE, ACK, CANCEL, OPTIONS, BYE\r\n"
                "Content-Type: application/sdp\r\n";
        }
        text += "Content-Length: " + std::to_string(is_invite ? body_.size() : 0) + "\r\n\r\n";
        return is_invite ? text + body_ : text;
    }

    void send_request(
        std::uint32_t unit,
        const std::string& method,
        std::string_view to_line,
        const std::string& routes
    ) {
        const auto uri =
            options_.users == 0
                ? "sip:b" + std::to_string(unit % 1000) + "@carrier.example"
                // 7919 is prime, so that neighbours in time are no neighbours in the table.
                : "sip:u" + std::to_string(std::uint64_t{unit} * 7919 % options_.users) + "@" +
                      options_.domain;
        const auto to = to_line.empty() ? "To: <" + uri + ">\r\n" : std::string(to_line);
        links_.send(caller_of(unit), options_.proxy, request(unit, method, uri, to, routes));
    }

    void answered(std::uint32_t unit, int status, std::string_view cseq, std::string_view message) {
        auto& call = calls_[unit];
        if (cseq.ends_with("BYE")) {
            result.refused += status == 200 ? 0 : 1;
            ++(call.is_done ? result.repeated : result.done);
            call.is_done = true;
            return;
        }
        if (status == 180) {
            result.repeated += call.has_rung ? 1 : 0;
            call.has_rung = true;
            if (!call.held_200.empty()) {
                links_.send(call.callee_link, call.callee_from, call.held_200);
                call.held_200 = {};
            }
        } else if (status == 200) {
            if (call.is_taken) {
                ++result.repeated;
                return;
            }
            call.is_taken = true;
            const auto took = clock::now() - call.began;
            result.latencies_us.push_back(static_cast<std::uint32_t>(
                std::chrono::duration_cast<std::chrono::microseconds>(took).count()
            ));
            acknowledge(unit, message);
        } else if (status >= 300) {
            ++result.refused;
        }
    }

    void acknowledge(std::uint32_t unit, std::string_view message) {
        auto contact = value_of(message, "Contact");
        contact = contact.substr(contact.find('<') + 1);
        contact = contact.substr(0, contact.find('>'));
        std::string to_line;
        append_lines(to_line, message, "To");
        const auto routes = routes_of(message);
        const auto link = caller_of(unit);
        auto bye = request(unit, "BYE", contact, to_line, routes);
        links_.send(link, options_.proxy, request(unit, "ACK", contact, to_line, routes));
        if (options_.rate == 0) {
            calls_[unit].bye = std::move(bye);
        } else {
            links_.send(link, options_.proxy, bye);
        }
    }

    void called(
        std::size_t link, const sockaddr_in& from, std::uint32_t unit, std::string_view message
    ) {
        auto& call = calls_[unit];
        if (message.starts_with("INVITE ")) {
            result.repeated += call.was_invited ? 1 : 0;
            call.was_invited = true;
            const auto here = to_text(links_.local(link));
            const auto contact = "Contact: <sip:callee@" + here +
                                 (options_.is_tcp ? ";transport=tcp" : "") + ">\r\n";
            // Unpaced, a call goes message by message: the run is the same on every machine.
            if (options_.rate == 0) {
                call.callee_link = link;
                call.callee_from = from;
                call.held_200 = response(message, "200 OK", contact);
            }
            respond(link, from, message, "180 Ringing", contact);
            if (options_.rate != 0) {
                respond(link, from, message, "200 OK", contact);
            }
        } else if (message.starts_with("ACK ")) {
            result.repeated += call.is_acked ? 1 : 0;
            call.is_acked = true;
            if (!call.bye.empty()) {
                links_.send(caller_of(unit), options_.proxy, call.bye);
                call.bye = {};
            }
        } else if (message.starts_with("BYE ")) {
            result.repeated += call.was_hung_up ? 1 : 0;
            call.was_hung_up = true;
            respond(link, from, message, "200 OK", {});
        } else {
            ++result.unexpected;
        }
    }

    static std::string response(
        std::string_view request, std::string_view status, std::string_view extra
    ) {
        std::string text = "SIP/2.0 " + std::string(status) + "\r\n";
        for (const auto name : {"Via", "Record-Route", "From"}) {
            append_lines(text, request, name);
        }
        const auto to = value_of(request, "To");
        text += "To: " + std::string(to) +
                (to.find(";tag=") == std::string_view::npos ? ";tag=callee\r\n" : "\r\n");
        for (const auto name : {"Call-ID", "CSeq"}) {
            append_lines(text, request, name);
        }
        text += extra;
        return text + "Content-Length: 0\r\n\r\n";
    }

    void respond(
        std::size_t link,
        const sockaddr_in& to,
        std::string_view request,
        std::string_view status,
        std::string_view extra
    ) {
        links_.send(link, to, response(request, status, extra));
    }

    load_options options_;
    links& links_;
    std::vector<std::size_t> callers_;
    std::vector<std::size_t> callees_;
    std::vector<call_state> calls_;
    std::string body_;
    std::uint32_t registers_ = 0;
    std::uint32_t registered_ = 0;
    std::uint32_t next_user_ = 0;
};

}  // namespace

std::uint32_t unit_of(std::string_view message) {
    const auto call_id = value_of(message, "Call-ID");
    std::uint32_t unit = UINT32_MAX;
    if (call_id.starts_with('c')) {
        std::from_chars(call_id.data() + 1, call_id.data() + call_id.size(), unit);
    }
    return unit;
}

std::unique_ptr<workload> make_call_load(const load_options& options, links& over) {
    return std::make_unique<call_load>(options, over);
}

}  // namespace sipha::load
