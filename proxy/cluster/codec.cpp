#include "proxy/cluster/codec.hpp"

#include <limits>
#include <utility>

#include "proxy/cluster/peer.pb.h"
#include "proxy/cluster/unknown_fields.hpp"

namespace sipha::cluster {

namespace {

constexpr std::uint32_t number(record_kind kind) {
    return static_cast<std::uint32_t>(kind);
}

// --- writing ---

void write(wire::frame&, const unknown_frame&) {}

void write(wire::frame& out, const hello& what) {
    auto& to = *out.mutable_hello();
    to.set_cluster_name(what.cluster_name);
    to.set_node(what.node.value);
    to.set_epoch(what.epoch);
    to.set_nonce(what.nonce);
    to.set_version_min(what.version_min);
    to.set_version_max(what.version_max);
}

void write(wire::frame& out, const auth& what) {
    out.mutable_auth()->set_tag(what.tag);
}

void write(wire::frame& out, const heartbeat& what) {
    auto& to = *out.mutable_heartbeat();
    to.set_epoch(what.epoch);
    to.set_published(what.published);
    to.set_applied(what.applied);
    for (const auto& one : what.digests) {
        auto& digest = *to.add_digests();
        digest.set_kind(number(one.kind));
        digest.set_digest(one.digest);
    }
    to.set_is_ready(what.is_ready);
    to.set_load(what.load);
    to.set_wall_ms(what.wall_ms);
    to.set_stamp_us(what.stamp_us);
    to.set_echo_us(what.echo_us);
    to.set_held_us(what.held_us);
}

void write(wire::frame& out, const records& what) {
    auto& to = *out.mutable_records();
    to.set_first_sequence(what.first_sequence);
    for (const auto& one : what.list) {
        auto& record = *to.add_list();
        record.set_kind(number(one.kind));
        record.set_payload(one.payload);
    }
}

void write(wire::frame& out, const ack& what) {
    out.mutable_ack()->set_sequence(what.sequence);
}

void write(wire::frame& out, const sync_request& what) {
    auto& to = *out.mutable_sync_request();
    to.set_pull(what.pull);
    to.set_kind(number(what.kind));
    to.set_cursor(what.cursor);
}

void write(wire::frame& out, const sync_chunk& what) {
    auto& to = *out.mutable_sync_chunk();
    to.set_pull(what.pull);
    to.set_kind(number(what.kind));
    for (const auto& payload : what.payloads) {
        to.add_payloads(payload);
    }
    to.set_next_cursor(what.next_cursor);
}

// --- reading: each returns nothing when a limit is broken ---

std::optional<frame> read(wire::hello& from) {
    if (from.cluster_name().size() > max_cluster_name || from.nonce().size() != nonce_size ||
        from.node() == 0 || from.node() > std::numeric_limits<std::uint16_t>::max()) {
        return std::nullopt;
    }
    hello what;
    what.cluster_name = std::move(*from.mutable_cluster_name());
    what.node.value = static_cast<std::uint16_t>(from.node());
    what.epoch = from.epoch();
    what.nonce = std::move(*from.mutable_nonce());
    what.version_min = from.version_min();
    what.version_max = from.version_max();
    return what;
}

std::optional<frame> read(wire::auth& from) {
    return auth{std::move(*from.mutable_tag())};
}

std::optional<frame> read(wire::heartbeat& from) {
    if (static_cast<std::size_t>(from.digests_size()) > max_digests) {
        return std::nullopt;
    }
    heartbeat what;
    what.epoch = from.epoch();
    what.published = from.published();
    what.applied = from.applied();
    for (const auto& one : from.digests()) {
        what.digests.push_back({static_cast<record_kind>(one.kind()), one.digest()});
    }
    what.is_ready = from.is_ready();
    what.load = from.load();
    what.wall_ms = from.wall_ms();
    what.stamp_us = from.stamp_us();
    what.echo_us = from.echo_us();
    what.held_us = from.held_us();
    return what;
}

std::optional<frame> read(wire::records& from) {
    const auto count = static_cast<std::uint64_t>(from.list_size());
    // The last sequence must be a number, too.
    if (count == 0 || from.first_sequence() == 0 ||
        from.first_sequence() > std::numeric_limits<std::uint64_t>::max() - count) {
        return std::nullopt;
    }
    records what;
    what.first_sequence = from.first_sequence();
    what.list.reserve(count);
    for (auto& one : *from.mutable_list()) {
        if (one.payload().size() > max_record_size) {
            return std::nullopt;
        }
        what.list.push_back(
            {static_cast<record_kind>(one.kind()), std::move(*one.mutable_payload())}
        );
    }
    return what;
}

std::optional<frame> read(wire::ack& from) {
    return ack{from.sequence()};
}

std::optional<frame> read(wire::sync_request& from) {
    if (from.cursor().size() > max_cursor_size) {
        return std::nullopt;
    }
    sync_request what;
    what.pull = from.pull();
    what.kind = static_cast<record_kind>(from.kind());
    what.cursor = std::move(*from.mutable_cursor());
    return what;
}

std::optional<frame> read(wire::sync_chunk& from) {
    if (from.next_cursor().size() > max_cursor_size) {
        return std::nullopt;
    }
    sync_chunk what;
    what.pull = from.pull();
    what.kind = static_cast<record_kind>(from.kind());
    what.payloads.reserve(static_cast<std::size_t>(from.payloads_size()));
    for (auto& payload : *from.mutable_payloads()) {
        if (payload.size() > max_record_size) {
            return std::nullopt;
        }
        what.payloads.push_back(std::move(payload));
    }
    what.next_cursor = std::move(*from.mutable_next_cursor());
    return what;
}

std::optional<frame> read(wire::frame& from) {
    switch (from.what_case()) {
        case wire::frame::kHello:
            return read(*from.mutable_hello());
        case wire::frame::kAuth:
            return read(*from.mutable_auth());
        case wire::frame::kHeartbeat:
            return read(*from.mutable_heartbeat());
        case wire::frame::kRecords:
            return read(*from.mutable_records());
        case wire::frame::kAck:
            return read(*from.mutable_ack());
        case wire::frame::kSyncRequest:
            return read(*from.mutable_sync_request());
        case wire::frame::kSyncChunk:
            return read(*from.mutable_sync_chunk());
        case wire::frame::WHAT_NOT_SET:
            break;
    }
    return unknown_frame{};
}

}  // namespace

bool encode(const frame& what, std::string& out) {
    wire::frame message;
    std::visit([&message](const auto& one) { write(message, one); }, what);
    const auto size = message.ByteSizeLong();
    if (size > max_frame_size) {
        return false;
    }
    for (int shift = 24; shift >= 0; shift -= 8) {
        out += static_cast<char>(size >> shift & 0xff);
    }
    return message.AppendToString(&out);
}

std::optional<decoded_frame> decode(std::string_view message) {
    wire::frame parsed;
    if (message.size() > max_frame_size ||
        !parsed.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
        return std::nullopt;
    }
    auto what = read(parsed);
    if (!what) {
        return std::nullopt;
    }
    // An unknown type shows as an unknown field of the frame; that is the type, not a field.
    const bool is_known = !std::holds_alternative<unknown_frame>(*what);
    return decoded_frame{std::move(*what), is_known && has_unknown_fields(message)};
}

}  // namespace sipha::cluster
