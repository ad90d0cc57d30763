#include "proxy/cluster/mesh/handshake.hpp"

#include <algorithm>
#include <span>

namespace sipha::cluster {

namespace {

std::string draw_nonce(crypto::random& random) {
    std::string nonce;
    while (nonce.size() < nonce_size) {
        const auto number = random.next();
        for (int shift = 0; shift < 64; shift += 8) {
            nonce += static_cast<char>(number >> shift & 0xff);
        }
    }
    return nonce;
}

std::span<const std::uint8_t> octets(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

handshake::handshake(const handshake_context& context, node_id dialled, crypto::random& random)
    : context_(context),
      role_(dialled == node_id{} ? link_role::acceptor : link_role::dialler),
      dialled_(dialled),
      nonce_(draw_nonce(random)) {}

void handshake::start(std::string& out) {
    if (role_ == link_role::dialler) {
        send_hello(out);
    }
}

void handshake::send_hello(std::string& out) {
    hello ours;
    ours.cluster_name = context_.cluster_name;
    ours.node = context_.self;
    ours.epoch = context_.epoch;
    ours.nonce = nonce_;
    const auto begin = out.size();
    encode(ours, out);
    our_hello_ = out.substr(begin + frame_prefix_size);
}

handshake::outcome handshake::take(std::string_view message, std::string& out) {
    const auto decoded = decode(message);
    if (!decoded) {
        return refuse(refusal::malformed);
    }
    if (their_hello_.empty()) {
        const auto* theirs = std::get_if<hello>(&decoded->what);
        return theirs ? take_hello(*theirs, message, out) : refuse(refusal::unexpected_frame);
    }
    const auto* theirs = std::get_if<auth>(&decoded->what);
    return theirs ? take_auth(*theirs, out) : refuse(refusal::unexpected_frame);
}

handshake::outcome handshake::refuse(refusal reason) {
    reason_ = reason;
    return outcome::refused;
}

handshake::outcome handshake::take_hello(
    const hello& theirs, std::string_view message, std::string& out
) {
    peer_ = theirs.node;
    if (const auto reason = judge(theirs)) {
        return refuse(*reason);
    }
    peer_epoch_ = theirs.epoch;
    their_hello_ = message;
    if (role_ == link_role::acceptor) {
        send_hello(out);
    } else {
        send_auth(out);
    }
    return outcome::pending;
}

std::optional<refusal> handshake::judge(const hello& theirs) const {
    if (theirs.nonce == nonce_) {
        return refusal::reflection;
    }
    if (theirs.version_min > protocol_version_max || theirs.version_max < protocol_version_min ||
        theirs.version_min > theirs.version_max) {
        return refusal::wrong_version;
    }
    if (theirs.cluster_name != context_.cluster_name) {
        return refusal::wrong_cluster;
    }
    if (theirs.node == context_.self) {
        return refusal::own_id;
    }
    if (!std::ranges::binary_search(context_.peers, theirs.node)) {
        return refusal::unknown_peer;
    }
    const bool is_expected =
        role_ == link_role::dialler ? theirs.node == dialled_ : theirs.node > context_.self;
    if (!is_expected) {
        return refusal::unexpected_peer;
    }
    return std::nullopt;
}

handshake::outcome handshake::take_auth(const auth& theirs, std::string& out) {
    const auto other = role_ == link_role::dialler ? link_role::acceptor : link_role::dialler;
    if (!crypto::equal_in_constant_time(tag(other), octets(theirs.tag))) {
        return refuse(refusal::wrong_mac);
    }
    if (role_ == link_role::acceptor) {
        send_auth(out);
    }
    return outcome::authenticated;
}

crypto::mac_tag handshake::tag(link_role prover) const {
    const bool we_dialled = role_ == link_role::dialler;
    const std::string_view hellos[] = {
        we_dialled ? our_hello_ : their_hello_, we_dialled ? their_hello_ : our_hello_};
    return context_.secret.sign(
        prover == link_role::dialler ? "peer-auth-dialler" : "peer-auth-acceptor", hellos
    );
}

void handshake::send_auth(std::string& out) const {
    const auto proof = tag(role_);
    auth ours;
    ours.tag.assign(reinterpret_cast<const char*>(proof.data()), proof.size());
    encode(ours, out);
}

}  // namespace sipha::cluster
