#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "proxy/cluster/codec.hpp"
#include "proxy/cluster/events.hpp"
#include "proxy/cluster/frame.hpp"
#include "proxy/cluster/node_id.hpp"
#include "proxy/crypto/mac.hpp"
#include "proxy/crypto/random.hpp"

namespace sipha::cluster {

/// Who we are and whom we let in; shared by the handshakes of a mesh.
struct handshake_context {
    node_id self;
    std::uint32_t epoch = 0;
    std::string cluster_name;
    std::span<const node_id> peers;  ///< ascending
    const crypto::mac& secret;
};

enum class link_role : std::uint8_t { dialler, acceptor };

/// Proves to both ends of a link that the other one holds the shared secret, fresh for this link.
///
///     dialler                acceptor
///        | hello(id, nonce) -> |
///        | <- hello(id, nonce) |
///        | auth -------------> |     HMAC(secret, "dialler", both hellos)
///        | <------------- auth |     HMAC(secret, "acceptor", both hellos)
///
/// The acceptor is silent until a hello fits and proves nothing before the dialler did, so a
/// stranger learns nothing to guess the secret with. The tag covers ids, epochs, versions and both
/// nonces; the role in it makes a reflected tag worthless, and a recorded one fails on the nonce.
/// The link itself is not encrypted: it belongs on a network of the operator.
class handshake {
  public:
    enum class outcome : std::uint8_t { pending, authenticated, refused };

    /// @param dialled the node we dialled; 0 for an accepted link.
    /// @param context outlives the handshake.
    handshake(const handshake_context& context, node_id dialled, crypto::random& random);

    /// Appends what the dialler says first; nothing for the acceptor.
    void start(std::string& out);
    /// Takes one message of the peer. @param out bytes to send are appended.
    outcome take(std::string_view message, std::string& out);

    refusal reason() const { return reason_; }  ///< after outcome::refused
    node_id peer() const { return peer_; }      ///< 0 before a hello
    std::uint32_t peer_epoch() const { return peer_epoch_; }

  private:
    outcome refuse(refusal reason);
    outcome take_hello(const hello& theirs, std::string_view message, std::string& out);
    outcome take_auth(const auth& theirs, std::string& out);
    std::optional<refusal> judge(const hello& theirs) const;
    crypto::mac_tag tag(link_role prover) const;
    void send_hello(std::string& out);
    void send_auth(std::string& out) const;

    const handshake_context& context_;
    link_role role_;
    node_id dialled_;
    std::string nonce_;
    std::string our_hello_;    // the message as sent
    std::string their_hello_;  // the message as received; empty before
    node_id peer_;
    std::uint32_t peer_epoch_ = 0;
    refusal reason_ = refusal::malformed;
};

}  // namespace sipha::cluster
