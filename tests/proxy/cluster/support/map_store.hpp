#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "proxy/cluster/clock.hpp"
#include "proxy/cluster/store.hpp"

namespace sipha::cluster::test {

/// A last-writer-wins map: the smallest store that keeps the port's promises.
class map_store final : public store {
  public:
    explicit map_store(record_kind kind = record_kind::key_value) : kind_(kind) {}

    /// Where stamps of merged entries are observed; may stay unset.
    void observe_with(hybrid_clock& clock) { clock_ = &clock; }
    /// A local write. @returns the payload to publish.
    std::string put(std::string_view key, hlc version, std::string_view value);
    /// @returns the value, or "" when the key is not held.
    std::string value(std::string_view key) const;
    std::size_t size() const { return entries_.size(); }

    std::uint64_t merges = 0;
    std::uint64_t malformed = 0;
    mutable std::uint64_t snapshots = 0;

    record_kind kind() const override { return kind_; }
    std::uint64_t digest() const override { return digest_; }
    void merge(timing::instant now, node_id from, std::string_view payload) override;
    chunk snapshot(timing::instant now, std::string_view cursor, std::size_t max_bytes)
        const override;

  private:
    using entry = std::pair<hlc, std::string>;
    void join(const std::string& key, entry newer);

    record_kind kind_;
    hybrid_clock* clock_ = nullptr;
    std::map<std::string, entry, std::less<>> entries_;
    std::uint64_t digest_ = 0;
};

}  // namespace sipha::cluster::test
