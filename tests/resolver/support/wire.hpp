#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

/// Writes DNS messages by hand, so that tests can also write wrong ones.
namespace sipha::resolver::test {

class wire_writer {
  public:
    /// Header of RFC 1035 4.1.1; the counts are filled by `count`.
    wire_writer(std::uint16_t id, std::uint16_t flags);

    void put8(unsigned value);
    void put16(unsigned value);
    void put32(std::uint32_t value);
    /// Labels without compression; "" is the root.
    void name(std::string_view text);
    /// One character-string (RFC 1035 3.3).
    void text(std::string_view value);
    void question(std::string_view owner, unsigned type);
    /// Starts a record of class IN; `end_record` fills its length in.
    void begin_record(std::string_view owner, unsigned type, std::uint32_t ttl_s);
    void end_record();
    /// @param section 0 question, 1 answer, 2 authority, 3 additional.
    void count(std::size_t section);
    std::vector<std::uint8_t>& bytes() { return bytes_; }

  private:
    std::vector<std::uint8_t> bytes_;
    std::size_t length_at_ = 0;
};

inline constexpr std::uint16_t reply_flags = 0x8180;  ///< QR, RD, RA

}  // namespace sipha::resolver::test
