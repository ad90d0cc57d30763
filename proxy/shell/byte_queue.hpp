#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sipha::shell {

/// Bytes waiting to be written to a stream, with an upper bound.
class byte_queue {
  public:
    explicit byte_queue(std::size_t limit_bytes) : limit_(limit_bytes) {}

    /// @returns false, and takes nothing, when the queue would hold more than the limit.
    bool append(std::string_view bytes) { return append({}, bytes); }
    /// The same for two pieces that belong together: both are taken or none.
    bool append(std::string_view first, std::string_view second);
    /// What has not been written yet; valid until the next append or consume.
    std::string_view pending() const { return std::string_view(bytes_).substr(begin_); }
    bool empty() const { return begin_ == bytes_.size(); }
    /// Says that the first `count` pending bytes have been written.
    void consume(std::size_t count);
    /// Stream position behind the last byte appended, and behind the last byte written.
    std::uint64_t appended() const { return consumed_ + (bytes_.size() - begin_); }
    std::uint64_t consumed() const { return consumed_; }

  private:
    std::size_t limit_;
    std::string bytes_;
    std::size_t begin_ = 0;
    std::uint64_t consumed_ = 0;
};

enum class write_outcome : std::uint8_t { all_written, would_block, failed };

/// Writes what is pending to a non-blocking stream socket until it is empty or the kernel's buffer
/// is full.
write_outcome write_pending(int descriptor, byte_queue& queue);

}  // namespace sipha::shell
