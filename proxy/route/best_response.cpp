#include "proxy/route/best_response.hpp"

#include <utility>

namespace sipha::route {

namespace {

/// Lower is better.
int rank_of(int status) {
    switch (status) {
        case 0:
            return 1000;
        case 401:
        case 407:
            return 398;  // all of them go up in one answer, so these come first
        case 415:
        case 420:
        case 484:
            return 399;
        // 16.7 step 6: a 503 says something about one server, the others' answers say more.
        case 503:
            return 599;
        default:
            break;
    }
    const int status_class = status / 100;
    return status_class == 6 ? 0 : status_class * 100 + (status_class == 3 ? 0 : 1);
}

bool is_challenge(int status) {
    return status == 401 || status == 407;
}

bool is_challenge_line(sip::header_id id) {
    return id == sip::header_id::www_authenticate || id == sip::header_id::proxy_authenticate;
}

bool is_contact_line(sip::header_id id) {
    return id == sip::header_id::contact;
}

}  // namespace

bool is_better_final(int candidate, int best) {
    return rank_of(candidate) < rank_of(best);
}

void best_response::merge(const sip::message& response, bool (*is_wanted)(sip::header_id)) {
    for (const auto& field : response.headers()) {
        if (!is_wanted(field.id)) {
            continue;
        }
        if (merged_.size() + field.line.size() > max_merged_bytes) {
            ++lines_left_out_;
        } else {
            merged_ += field.line;
        }
    }
}

void best_response::offer(int status, std::string_view upward, const sip::message& response) {
    if (is_better_final(status, status_)) {
        status_ = status;
        bytes_ = upward;
        merged_.clear();
    } else if (is_challenge(status) && is_challenge(status_)) {
        // 16.7 step 7: the caller answers all challenges in one new request.
        merge(response, is_challenge_line);
    } else if (status / 100 == 3 && status_ / 100 == 3) {
        merge(response, is_contact_line);
    }
}

void best_response::offer(int status) {
    if (is_better_final(status, status_)) {
        status_ = status;
        bytes_.clear();
        merged_.clear();
    }
}

std::string best_response::take() {
    if (!merged_.empty()) {
        const auto end = bytes_.find("\r\n\r\n");
        if (end != std::string::npos) {
            bytes_.insert(end + 2, merged_);
        }
    }
    return std::move(bytes_);
}

void best_response::clear() {
    status_ = 0;
    bytes_.clear();
    merged_.clear();
    lines_left_out_ = 0;
}

}  // namespace sipha::route
