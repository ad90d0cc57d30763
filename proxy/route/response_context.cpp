#include "proxy/route/response_context.hpp"

namespace sipha::route {

namespace {

/// Lower is better.
int rank_of(int status) {
    switch (status) {
        case 0:
            return 1000;
        case 401:
        case 407:
        case 415:
        case 420:
        case 484:
            return 400;
        // 16.7 step 6: a 503 says something about one server, the others' answers say more.
        case 503:
            return 599;
        default:
            break;
    }
    const int status_class = status / 100;
    return status_class == 6 ? 0 : status_class * 100 + 1;
}

}  // namespace

bool is_better_final(int candidate, int best) {
    return rank_of(candidate) < rank_of(best);
}

}  // namespace sipha::route
