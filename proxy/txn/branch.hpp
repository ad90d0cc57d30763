#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/crypto/mac.hpp"
#include "proxy/crypto/short_mac.hpp"

namespace sipha::txn {

/// Who owns a client transaction: read from the branch of our own Via without any lookup.
struct branch_id {
    std::uint16_t node = 0;         ///< the node that created it (cluster::node_id)
    std::uint32_t epoch = 0;        ///< that node's start number: a restarted node is another owner
    std::uint64_t transaction = 0;  ///< that node's number for it, branch_codec::transaction_bits

    friend constexpr auto operator<=>(const branch_id&, const branch_id&) = default;
};

/// Writes and verifies the Via branch (RFC 3261 8.1.1.7) of the cluster's client transactions.
///
/// The text is the magic cookie "z9hG4bK" and 32 characters of base32 (RFC 4648 6, lower case, no
/// padding) over node (16 bits), epoch (32), transaction (48) and a 64-bit MAC of these under the
/// cluster key, all in network order. A response with a forged branch therefore cannot be steered
/// to another node.
class branch_codec {
  public:
    static constexpr std::string_view magic_cookie = "z9hG4bK";
    /// Transaction numbers wrap after 2^48: at a million transactions per second in 8.9 years.
    static constexpr unsigned transaction_bits = 48;
    static constexpr std::size_t base32_length = (16 + 32 + transaction_bits + 64) / 5;
    /// Every branch is exactly this long: 39 characters.
    static constexpr std::size_t length = magic_cookie.size() + base32_length;

    /// @param current signs and verifies. @param previous also verifies while the cluster key is
    /// being changed; may be null. The codec derives keys of its own from both.
    /// @param own the node and epoch to write; its transaction is not used.
    branch_codec(const crypto::mac& current, const crypto::mac* previous, branch_id own);
    branch_codec(const crypto::mac& current, std::uint16_t node, std::uint32_t epoch)
        : branch_codec(current, nullptr, {node, epoch, 0}) {}

    /// Appends the branch of one of this node's transactions.
    /// @param transaction only its low `transaction_bits` bits are written.
    void append(std::string& out, std::uint64_t transaction) const;

    /// The node and epoch that `append` writes.
    const branch_id& own() const { return own_; }
    /// Another key from the same secret, for hash tables over what strangers choose.
    const crypto::short_mac& index_key() const { return index_key_; }
    /// Reads the branch of any node under one of the keys, in any letter case (RFC 3261 7.3.1).
    /// @param branch the value of the Via parameter, any bytes.
    /// @returns nothing for a branch that this cluster did not write.
    std::optional<branch_id> decode(std::string_view branch) const;

  private:
    crypto::short_mac current_;
    std::optional<crypto::short_mac> previous_;
    crypto::short_mac index_key_;
    branch_id own_;
};

}  // namespace sipha::txn
