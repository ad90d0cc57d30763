#include "proxy/cluster/unknown_fields.hpp"

#include <google/protobuf/io/coded_stream.h>

#include <array>
#include <cstdint>

namespace sipha::cluster {

namespace {

/// The fields of one message type: numbers 1..`fields`, and the shapes of those that are messages.
struct shape {
    std::uint32_t fields = 0;
    std::array<const shape*, 8> nested{};
};

// Follows peer.proto; the codec's round trip test fails when a new field is forgotten here.
constexpr shape hello_shape{6};
constexpr shape auth_shape{1};
constexpr shape store_digest_shape{2};
constexpr shape heartbeat_shape{10, {{{}, {}, {}, {}, &store_digest_shape}}};
constexpr shape record_shape{2};
constexpr shape records_shape{2, {{{}, {}, &record_shape}}};
constexpr shape ack_shape{1};
constexpr shape sync_request_shape{3};
constexpr shape sync_chunk_shape{4};
constexpr shape frame_shape{
    7,
    {{{},
      &hello_shape,
      &auth_shape,
      &heartbeat_shape,
      &records_shape,
      &ack_shape,
      &sync_request_shape,
      &sync_chunk_shape}}};

const shape* nested_in(const shape& known, std::uint32_t field) {
    return field < known.nested.size() ? known.nested[field] : nullptr;
}

// Recursion ends with the shapes: three levels.
bool has_unknown(std::string_view message, const shape& known) {
    using google::protobuf::io::CodedInputStream;
    CodedInputStream in(
        reinterpret_cast<const std::uint8_t*>(message.data()), static_cast<int>(message.size())
    );
    while (const auto tag = in.ReadTag()) {
        const auto field = tag >> 3;
        if (field > known.fields) {
            return true;
        }
        std::uint64_t varint = 0;
        std::uint32_t length = 0;
        switch (tag & 7) {
            case 0:
                if (!in.ReadVarint64(&varint)) {
                    return false;
                }
                break;
            case 1:
                if (!in.Skip(8)) {
                    return false;
                }
                break;
            case 2: {
                if (!in.ReadVarint32(&length)) {
                    return false;
                }
                const auto at = static_cast<std::size_t>(in.CurrentPosition());
                if (length > message.size() - at || !in.Skip(static_cast<int>(length))) {
                    return false;
                }
                const auto* inner = nested_in(known, field);
                if (inner != nullptr && has_unknown(message.substr(at, length), *inner)) {
                    return true;
                }
                break;
            }
            case 5:
                if (!in.Skip(4)) {
                    return false;
                }
                break;
            default:
                return true;  // groups are in none of our messages
        }
    }
    return false;
}

}  // namespace

bool has_unknown_fields(std::string_view message) {
    return has_unknown(message, frame_shape);
}

}  // namespace sipha::cluster
