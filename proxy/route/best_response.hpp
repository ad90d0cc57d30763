#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "proxy/sip/message.hpp"

namespace sipha::route {

/// True when final response `candidate` is a better answer than `best` (RFC 3261 16.7 step 6):
/// a 6xx before all, else the lowest class, inside 4xx those that tell how to try again. 0 is no
/// response at all, as is what a silent non-INVITE leaves (RFC 4320 4.2).
bool is_better_final(int candidate, int best);

/// Collects the final responses of the branches and makes the one that goes up: the best, with the
/// challenges of all 401 and 407 (RFC 3261 16.7 step 7), or with the Contacts of all 3xx.
class best_response {
  public:
    /// Octets of header lines taken from other responses than the best; more is left out, so that
    /// no set of phones can blow an answer up.
    static constexpr std::size_t max_merged_bytes = 8192;

    /// A response of a next hop.
    /// @param upward its bytes as they go up, our Via taken off. @param response as it came.
    void offer(int status, std::string_view upward, const sip::message& response);
    /// A status that was concluded here: nobody answered, a next hop could not be reached.
    void offer(int status);

    /// 0 when there is none yet.
    int status() const { return status_; }
    /// True when the best is to be written here, because no next hop said it.
    bool is_ours() const { return bytes_.empty(); }
    /// The response to send up; not for one of ours.
    std::string take();
    /// Lines that did not fit into max_merged_bytes.
    std::size_t lines_left_out() const { return lines_left_out_; }
    void clear();

  private:
    void merge(const sip::message& response, bool (*is_wanted)(sip::header_id));

    int status_ = 0;
    std::string bytes_;
    std::string merged_;  ///< complete lines to add
    std::size_t lines_left_out_ = 0;
};

}  // namespace sipha::route
