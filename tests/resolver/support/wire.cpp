#include "tests/resolver/support/wire.hpp"

namespace sipha::resolver::test {

wire_writer::wire_writer(std::uint16_t id, std::uint16_t flags) {
    put16(id);
    put16(flags);
    for (int section = 0; section < 4; ++section) {
        put16(0);
    }
}

void wire_writer::put8(unsigned value) {
    bytes_.push_back(static_cast<std::uint8_t>(value));
}

void wire_writer::put16(unsigned value) {
    put8(value >> 8 & 0xff);
    put8(value & 0xff);
}

void wire_writer::put32(std::uint32_t value) {
    put16(value >> 16);
    put16(value & 0xffff);
}

void wire_writer::name(std::string_view text) {
    while (!text.empty()) {
        const auto label = text.substr(0, text.find('.'));
        this->text(label);
        text.remove_prefix(label.size() < text.size() ? label.size() + 1 : label.size());
    }
    put8(0);
}

void wire_writer::text(std::string_view value) {
    put8(static_cast<unsigned>(value.size()));
    bytes_.insert(bytes_.end(), value.begin(), value.end());
}

void wire_writer::question(std::string_view owner, unsigned type) {
    name(owner);
    put16(type);
    put16(1);
    count(0);
}

void wire_writer::begin_record(std::string_view owner, unsigned type, std::uint32_t ttl_s) {
    name(owner);
    put16(type);
    put16(1);
    put32(ttl_s);
    length_at_ = bytes_.size();
    put16(0);
}

void wire_writer::end_record() {
    const auto length = bytes_.size() - length_at_ - 2;
    bytes_[length_at_] = static_cast<std::uint8_t>(length >> 8);
    bytes_[length_at_ + 1] = static_cast<std::uint8_t>(length & 0xff);
}

void wire_writer::count(std::size_t section) {
    ++bytes_[5 + section * 2];
    if (bytes_[5 + section * 2] == 0) {
        ++bytes_[4 + section * 2];
    }
}

}  // namespace sipha::resolver::test
