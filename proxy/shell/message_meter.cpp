#include "proxy/shell/message_meter.hpp"

#include <algorithm>

namespace sipha::shell {

void message_meter::chunk(std::string_view bytes) {
    rest_ = bytes;
}

void message_meter::skip_line_ends() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of("\r\n"), rest_.size()));
}

void message_meter::message(std::size_t size) {
    if (carried_ == 0) {
        skip_line_ends();
    }
    const auto from_chunk = size > carried_ ? size - carried_ : 0;
    rest_.remove_prefix(std::min(from_chunk, rest_.size()));
    carried_ = 0;
}

void message_meter::chunk_drained() {
    if (carried_ == 0) {
        skip_line_ends();
    }
    carried_ += rest_.size();
    rest_ = {};
}

}  // namespace sipha::shell
