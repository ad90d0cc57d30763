#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/node_world.hpp"

namespace sipha::proxy {

using namespace std::chrono_literals;
using test::hop_to;
using test::kinds;
using test::node_world;
using test::of_kind;
using test::parsed;
using test::request_text;
using test::sent;

/// A phone: where its messages come from, and what it believes its own address to be.
struct phone {
    std::string user;
    sip::hop from;        ///< as the node sees it
    std::string address;  ///< in Via and Contact: "192.0.2.20:5060"
    std::string transport = "UDP";

    std::string uri() const { return "sip:" + user + "@example.org"; }
    std::string contact() const { return "sip:" + user + '@' + address; }

    request_text request(std::string method, std::string request_uri, unsigned number) const {
        request_text out;
        out.method = std::move(method);
        out.uri = std::move(request_uri);
        out.via = "SIP/2.0/" + transport + ' ' + address + ";rport;branch=z9hG4bK-" + user +
                  std::to_string(number) + out.method;
        out.from = '<' + uri() + ">;tag=" + user;
        out.to = '<' + out.uri + '>';
        out.call_id = "call-of-" + user;
        out.cseq = number;
        out.headers = {"Contact: <" + contact() + '>'};
        return out;
    }
    request_text registration(unsigned number, std::string_view expires = "600") const {
        auto out = request("REGISTER", "sip:example.org", number);
        out.to = '<' + uri() + '>';
        out.call_id = "registration-of-" + user;
        out.headers.push_back("Expires: " + std::string(expires));
        return out;
    }
};

inline const phone alice{"alice", hop_to("udp:192.0.2.10:5060"), "192.0.2.10:5060"};
inline const phone bob{"bob", hop_to("udp:192.0.2.20:5060"), "192.0.2.20:5060"};
/// Behind a NAT: the node sees another address.
inline const phone nat_alice{"alice", hop_to("udp:192.0.2.10:1025"), "10.1.1.1:5060"};
inline const phone nat_bob{"bob", hop_to("udp:192.0.2.20:1026"), "10.1.1.1:5060"};
/// On connection 7 of its node.
inline const phone tcp_bob{"bob", {1, test::at("tcp:192.0.2.20:1027"), 7}, "10.1.1.1:5060", "TCP"};
/// Neither registered nor trusted.
inline const phone stranger{"mallory", hop_to("udp:198.51.100.1:5060"), "198.51.100.1:5060"};

/// Registers a phone at a node and expects the 200.
inline void enroll(node_world& world, unsigned node, const phone& who, unsigned number = 1) {
    world.take(node);
    world.receive(node, who.from, who.registration(number).text());
    EXPECT_EQ(kinds(world.take(node)), "200");
}

/// Two phones in a call, each at its node, and what they learned about each other.
class call {
  public:
    call(
        node_world& world,
        unsigned caller_node,
        const phone& caller,
        unsigned callee_node,
        const phone& callee
    )
        : world_(world),
          caller_node_(caller_node),
          callee_node_(callee_node),
          caller_(caller),
          callee_(callee) {}

    /// INVITE, 180, 200, ACK; each has to arrive.
    void set_up() {
        invite_ = caller_.request("INVITE", callee_.uri(), 1);
        world_.receive(caller_node_, caller_.from, invite_.text());
        const auto at_callee = of_kind(world_.take(callee_node_), "INVITE");
        ASSERT_EQ(at_callee.size(), 1u);
        EXPECT_EQ(at_callee[0].to.remote, callee_.from.remote);
        EXPECT_EQ(at_callee[0].to.flow, callee_.from.flow);
        arrived = at_callee[0].text;
        const auto contact = "Contact: <" + callee_.contact() + ">\r\n";
        for (const int status : {180, 200}) {
            world_.take(caller_node_);
            world_.receive(
                callee_node_, callee_.from, test::response_to(arrived, status, "callee", contact)
            );
            const auto up = of_kind(world_.take(caller_node_), std::to_string(status));
            ASSERT_EQ(up.size(), 1u) << status;
            EXPECT_EQ(up[0].to.remote, caller_.from.remote);
            accepted = up[0].text;
        }
        send_from_caller("ACK");
    }
    /// A request inside the dialog, from one phone to the other.
    void send_from_caller(const char* method) {
        auto request =
            caller_.request(method, callee_.contact(), method == std::string("ACK") ? 1 : ++cseq_);
        request.to = parsed(accepted).value(sip::header_id::to);
        auto routes = parsed(accepted).values(sip::header_id::record_route);
        std::reverse(routes.begin(), routes.end());
        add_routes(request, routes);
        expect_passage(request, {caller_node_, caller_}, {callee_node_, callee_});
    }
    void send_from_callee(const char* method) {
        auto request = callee_.request(method, caller_.contact(), ++cseq_);
        request.call_id = invite_.call_id;
        request.from = '<' + callee_.uri() + ">;tag=callee";
        request.to = invite_.from;
        add_routes(request, parsed(arrived).values(sip::header_id::record_route));
        expect_passage(request, {callee_node_, callee_}, {caller_node_, caller_});
    }

    std::string arrived;   ///< the INVITE as the callee got it
    std::string accepted;  ///< the 200 as the caller got it

  private:
    struct end {
        unsigned node;
        const phone& who;
    };
    static void add_routes(request_text& request, const std::vector<std::string>& routes) {
        EXPECT_FALSE(routes.empty());
        for (const auto& route : routes) {
            request.headers.push_back("Route: " + route);
        }
    }
    /// The request arrives at the other phone; unless it is an ACK, its 200 comes back.
    void expect_passage(const request_text& request, const end& from, const end& to) {
        SCOPED_TRACE(request.method + " of " + from.who.user);
        world_.take(from.node);
        world_.take(to.node);
        world_.receive(from.node, from.who.from, request.text());
        const auto there = of_kind(world_.take(to.node), request.method);
        ASSERT_EQ(there.size(), 1u);
        EXPECT_EQ(there[0].to.remote, to.who.from.remote);
        EXPECT_EQ(there[0].to.flow, to.who.from.flow);
        const parsed arrived_request(there[0].text);
        EXPECT_EQ(arrived_request->request_uri(), request.uri);
        EXPECT_TRUE(arrived_request.values(sip::header_id::route).empty());
        if (request.method == "ACK") {
            return;
        }
        world_.receive(to.node, to.who.from, test::response_to(there[0].text, 200));
        const auto back = of_kind(world_.take(from.node), "200");
        ASSERT_EQ(back.size(), 1u);
        EXPECT_EQ(back[0].to.remote, from.who.from.remote);
    }

    node_world& world_;
    unsigned caller_node_;
    unsigned callee_node_;
    const phone& caller_;
    const phone& callee_;
    request_text invite_;
    unsigned cseq_ = 10;
};

/// No transaction and no context is left once every timer has run out.
inline void expect_quiet(node_world& world, unsigned nodes) {
    world.pass(4min);
    for (unsigned id = 1; id <= nodes; ++id) {
        EXPECT_EQ(world.node(id).transactions().server_count(), 0u) << "node " << id;
        EXPECT_EQ(world.node(id).transactions().client_count(), 0u) << "node " << id;
        EXPECT_EQ(world.node(id).relay().context_count(), 0u) << "node " << id;
    }
}

}  // namespace sipha::proxy
