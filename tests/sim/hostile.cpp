#include "tests/sim/hostile.hpp"

#include <string>

#include "tests/sim/ua_text.hpp"

namespace sipha::sim {

namespace {

constexpr std::string_view victim = "sip:victim@100.64.9.9:5060";

}  // namespace

void attack(world& in, unsigned kind, unsigned node_number) {
    auto& dice = in.dice();
    const auto& target = in.node(node_number).sip_address();
    request_text text;
    text.method = "INVITE";
    text.uri = victim;
    text.sent_by = {sip::transport::udp, ip(100, 64, 0, 66), 5060};
    text.branch = dice.hex(64);
    text.from = "<sip:stranger@100.64.0.66>;tag=" + dice.hex(32);
    text.to = '<' + std::string(victim) + '>';
    text.call_id = dice.hex(64) + "@stranger";
    text.contact = contact_at("stranger", text.sent_by);
    switch (kind) {
        case 0:  // foreign to foreign
            break;
        case 1:  // a preloaded Route to somebody else
            text.uri = "sip:p1@example.com";
            text.lines = "Route: <" + std::string(victim) + ";lr>\r\n";
            break;
        case 2:  // our own Route first, then the victim
            text.lines = "Route: <sip:10.0.0." + std::to_string(node_number) +
                         ":5060;lr>, <sip:100.64.9.9;lr>\r\n";
            break;
        case 3:  // an invented dialog
            text.method = "BYE";
            text.to += ";tag=invented";
            break;
        case 4:  // maddr beside one of our names
            text.uri = "sip:p1@example.com;maddr=100.64.9.9";
            break;
        case 5:  // an ACK is relayed without a transaction
            text.method = "ACK";
            text.to += ";tag=invented";
            break;
        case 6:  // a registration from where none is allowed, for a phone that exists
            text.method = "REGISTER";
            text.uri = "sip:example.com";
            text.to = text.from = "<sip:p1@example.com>";
            text.from += ";tag=" + dice.hex(32);
            text.contact = '<' + std::string(victim) + '>';
            break;
        default:  // a forged token in our own Route
            text.method = "BYE";
            text.to += ";tag=invented";
            text.lines = "Route: <sip:" + dice.hex(160) + "@10.0.0." + std::to_string(node_number) +
                         ":5060;lr>\r\n";
            break;
    }
    in.datagrams().send(text.sent_by, target, write_request(text));
}

void attack(world& in) {
    const auto kind = static_cast<unsigned>(in.dice().below(attack_kinds));
    attack(in, kind, static_cast<unsigned>(in.dice().below(in.node_count())) + 1);
}

}  // namespace sipha::sim
