#include "proxy/route/unsupported.hpp"

#include "proxy/sip/values.hpp"

namespace sipha::route {

std::string unsupported_line(const sip::message& request, sip::header_id required) {
    std::string line = "Unsupported: ";
    bool is_first = true;
    for (const auto tag : sip::values_of(request, required)) {
        line += is_first ? "" : ", ";
        line += tag;
        is_first = false;
    }
    return line + "\r\n";
}

}  // namespace sipha::route
