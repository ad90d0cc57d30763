#include "proxy/sip/content_length.hpp"

#include "proxy/sip/text.hpp"

namespace sipha::sip {

void content_length::add(const header& field) {
    const auto number = parse_uint(field.value);
    if (!number) {
        state_ = content_length_state::malformed;
        return;
    }
    switch (state_) {
        case content_length_state::absent:
            state_ = content_length_state::valid;
            octets_ = *number;
            return;
        case content_length_state::valid:
        case content_length_state::repeated:
            state_ = *number == octets_ ? content_length_state::repeated
                                        : content_length_state::conflicting;
            return;
        case content_length_state::malformed:
        case content_length_state::conflicting:
            return;
    }
}

}  // namespace sipha::sip
