#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sipha/resolver/asio_session.hpp>

#include "examples/resolver/softphone/sip_text.hpp"

namespace softphone {

struct settings {
    std::string user;
    std::string domain;
    boost::asio::ip::address listen;
    sipha::resolver::engine_options dns;
    sipha::resolver::session_options session;
    std::chrono::seconds expires{60};
};

/// Writes "<milliseconds since 1970> <text>" to standard output at once.
void say(const std::string& text);

/// A phone that registers over UDP at the edge that DNS names first, answers calls, and moves to
/// the next edge as soon as the current one dies.
class user_agent {
  public:
    user_agent(boost::asio::io_context& io, settings use);
    /// Locates the edge and registers.
    void start();
    /// Unregisters; `done` is called when the edge has confirmed or did not answer.
    void stop(std::function<void()> done);

  private:
    using clock = std::chrono::steady_clock;
    using endpoint = boost::asio::ip::udp::endpoint;
    /// A call answered; kept until BYE. The 200 repeats until the ACK (RFC 3261 13.3.1.4).
    struct call {
        std::string answer;
        endpoint to;
        std::string tag;
        std::unique_ptr<boost::asio::steady_timer> repeat;
        std::chrono::milliseconds next{0};
        std::chrono::milliseconds spent{0};
    };

    void on_edge(const sipha::resolver::session_event& event);
    void edge_failed(const sipha::resolver::outcome& what, const std::string& cause);
    void move_to(const sipha::resolver::session_event& event);
    void try_edge();
    void send_register();
    void repeat_register(std::chrono::milliseconds wait);
    void registered(const sip_message& reply);
    void refused(const sip_message& reply);
    void wait_then(std::chrono::milliseconds wait, void (user_agent::*next)());

    void receive();
    void received(std::string_view datagram, const endpoint& from);
    void on_request(const sip_message& request, const endpoint& from);
    void on_invite(const sip_message& request, const endpoint& to, const endpoint& from);
    void repeat_answer(const std::string& call_id);
    void reply(const sip_message& request, const endpoint& from, const std::string& status);
    void send(const std::string& text, const endpoint& to);
    std::string edge_text() const;
    std::string token();

    boost::asio::io_context& io_;
    settings use_;
    sipha::resolver::asio_resolver resolver_;
    boost::asio::ip::udp::socket socket_;
    boost::asio::steady_timer retransmit_;
    boost::asio::steady_timer deadline_;  ///< of the REGISTER under way, or until the next step
    std::unique_ptr<sipha::resolver::asio_session> session_;
    std::mt19937_64 random_;
    std::map<std::string, call> calls_;
    std::array<char, 65536> buffer_{};
    endpoint sender_;
    std::optional<sipha::resolver::candidate> target_;  ///< the edge in use
    endpoint edge_;                                     ///< its address
    std::string contact_;
    std::string call_id_;
    std::string from_tag_;
    std::string request_;  ///< REGISTER as sent, for retransmission
    unsigned cseq_ = 0;
    bool is_waiting_ = false;     ///< for the answer to a REGISTER
    bool is_registered_ = false;  ///< at the current edge
    clock::time_point since_;     ///< when the phone began to look for an edge or to refresh
    std::function<void()> stopped_;
};

}  // namespace softphone
