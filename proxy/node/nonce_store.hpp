#pragma once

#include <string>

#include "proxy/auth/authenticator.hpp"
#include "proxy/cluster/store.hpp"

namespace sipha::proxy {

/// Tells the nodes of a cluster which nonce counts were used, so that a request that authenticated
/// at one node does so at no other (RFC 7616 5.5). Records only pass through: what a node missed
/// while it was away is not fetched later, because nonces are short-lived; for their lifetime such
/// a node would take a replay of what others accepted meanwhile.
class nonce_store final : public cluster::store {
  public:
    /// @param into outlives this object.
    explicit nonce_store(auth::authenticator& into) : into_(&into) {}

    /// The payload of a record.
    static std::string encode(const auth::nonce_use& used);
    std::uint64_t dropped_malformed() const { return dropped_malformed_; }

    cluster::record_kind kind() const override { return cluster::record_kind::nonce_use; }
    /// Nothing is kept for others, so all nodes hold the same.
    std::uint64_t digest() const override { return 0; }
    void merge(timing::instant now, cluster::node_id from, std::string_view payload) override;
    chunk snapshot(timing::instant now, std::string_view cursor, std::size_t max_bytes)
        const override;

  private:
    auth::authenticator* into_;
    std::uint64_t dropped_malformed_ = 0;
};

}  // namespace sipha::proxy
