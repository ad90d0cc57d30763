#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/cluster/node_id.hpp"
#include "proxy/crypto/mac.hpp"
#include "proxy/crypto/short_mac.hpp"
#include "proxy/sip/outbox.hpp"

namespace sipha::route {

/// Where the two ends of a dialog are reached when their URIs would not do: a phone behind a NAT or
/// on a connection. An end without a hop is reached by Route and Request-URI.
struct dialog_path {
    std::optional<sip::hop> caller;
    std::optional<sip::hop> callee;
};

/// Who sent a request, as its tags prove.
enum class dialog_side : std::uint8_t { caller, callee };

/// What ties a token to one call.
struct dialog_tags {
    std::string_view call_id;
    std::string_view from_tag;
    std::string_view to_tag;  ///< empty outside a dialog
};

/// The user part of our Record-Route URI: the path of the dialog under a keyed hash over Call-ID
/// and the caller's tag. Only a request of that very call passes, so a To tag alone opens nothing,
/// and any node of the cluster can check it (RFC 5626 5.2 describes such flow tokens).
class dialog_tokens {
  public:
    /// @param key signs and verifies; the same on all nodes. @param self the node that owns the
    /// connections named in tokens made here. @param previous also verifies while the key is being
    /// changed; may be null. Keys of their own are derived from both.
    dialog_tokens(
        const crypto::mac& key, cluster::node_id self, const crypto::mac* previous = nullptr
    );

    /// Appends the token (URI-safe text) for a call as its first request states it.
    void append(std::string& out, const dialog_path& path, const dialog_tags& call) const;
    /// The same for a connection that another node owns.
    void append_for(
        cluster::node_id owner, std::string& out, const dialog_path& path, const dialog_tags& call
    ) const;

    struct decoded {
        dialog_path path;
        dialog_side sender = dialog_side::caller;
        cluster::node_id owner;  ///< the node that the listeners and flows in `path` belong to
    };
    /// @returns nothing when the token is not ours, was changed or belongs to another call.
    std::optional<decoded> decode(std::string_view token, const dialog_tags& call) const;

  private:
    std::optional<dialog_side> sender_of(
        const crypto::short_mac& key,
        std::string_view payload,
        std::uint64_t mac,
        const dialog_tags& call
    ) const;

    crypto::short_mac key_;
    std::optional<crypto::short_mac> previous_;
    cluster::node_id self_;
};

}  // namespace sipha::route
