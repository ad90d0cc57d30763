#include "proxy/cluster/frame_reader.hpp"

#include <algorithm>

namespace sipha::cluster {

frame_reader::status frame_reader::measure(std::string_view prefix, std::size_t& size) const {
    size = 0;
    for (std::size_t i = 0; i < frame_prefix_size; ++i) {
        size = size << 8 | static_cast<unsigned char>(prefix[i]);
    }
    return size > limit_ ? status::too_long : status::message;
}

frame_reader::status frame_reader::next(std::string_view& input, std::string_view& message) {
    if (is_cut_) {
        buffer_.clear();
        is_cut_ = false;
    }
    std::size_t size = 0;
    if (buffer_.empty() && input.size() >= frame_prefix_size) {
        if (measure(input, size) == status::too_long) {
            return status::too_long;
        }
        if (input.size() - frame_prefix_size >= size) {
            message = input.substr(frame_prefix_size, size);
            input.remove_prefix(frame_prefix_size + size);
            return status::message;
        }
    }
    for (;;) {
        std::size_t wanted = frame_prefix_size;
        if (buffer_.size() >= frame_prefix_size) {
            if (measure(buffer_, size) == status::too_long) {
                return status::too_long;
            }
            wanted += size;
            if (buffer_.size() == wanted) {
                message = std::string_view(buffer_).substr(frame_prefix_size);
                is_cut_ = true;
                return status::message;
            }
        }
        const auto taken = std::min(wanted - buffer_.size(), input.size());
        if (taken == 0) {
            return status::need_more;
        }
        // Grows with what came, never by what a length only claims.
        buffer_.append(input.substr(0, taken));
        input.remove_prefix(taken);
    }
}

}  // namespace sipha::cluster
