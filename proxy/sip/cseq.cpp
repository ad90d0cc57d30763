#include "proxy/sip/cseq.hpp"

#include <algorithm>

#include "proxy/sip/text.hpp"

namespace sipha::sip {

std::optional<cseq> parse_cseq(std::string_view text) {
    text = trim_lws(text);
    const auto space = std::find_if(text.begin(), text.end(), is_lws);
    const auto digits = static_cast<std::size_t>(space - text.begin());
    const auto number = parse_uint(text.substr(0, digits));
    const auto method_text = trim_lws(text.substr(digits));
    if (!number || *number >= 0x80000000u || !is_token(method_text)) {
        return std::nullopt;
    }
    return cseq{*number, method_text};
}

}  // namespace sipha::sip
