#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "resolver/src/probe_text.hpp"

// Reads the input as the response to an OPTIONS probe. Beyond not crashing it claims: a status is
// one of SIP, and only a text that carries the branch of the probe is a response to it.

namespace {

void require(bool claim) {
    if (!claim) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sipha::resolver::detail;
    constexpr std::string_view branch = "z9hG4bK1";
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto answer = read_probe_answer(text, branch)) {
        require(answer->status >= 100 && answer->status <= 699);
        require(text.find(branch) != std::string_view::npos);
        require(!answer->retry_after || answer->retry_after->count() >= 0);
    }
    return 0;
}
