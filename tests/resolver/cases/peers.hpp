#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sipha/resolver/health.hpp>

namespace sipha::resolver::test::cases {

/// How one place treats a request: the words of the key `with`.
struct peer_manner {
    enum class kind : std::uint8_t {
        answers,      ///< `status` at once: "ok" is 200, "503/30" has Retry-After
        refuses,      ///< "refused"
        certificate,  ///< "certificate": it is not for the name
        silent,       ///< "silent", also to the probe
        lives,        ///< "options-only": answers the probe, nothing else
        trying,       ///< "trying": 100 and nothing more
        late,         ///< "late 5000": the first response, a 100, after so many milliseconds
        rings,        ///< "rings 9000": 180 at once, 200 after so many milliseconds
        drops         ///< "progress-reset": 183, then the connection is gone
    };
    kind what = kind::answers;
    std::uint16_t status = 200;
    std::optional<std::chrono::seconds> retry_after;
    std::chrono::milliseconds delay{0};

    /// @throws std::invalid_argument for words that mean nothing.
    static peer_manner parse(const std::string& text);
};

/// The manners of a step, found by place ("C:h5") or host ("h5"); others answer 200.
class peers {
  public:
    explicit peers(const std::vector<std::pair<std::string, std::string>>& table);
    peer_manner of(const candidate& place) const;

  private:
    std::vector<std::pair<std::string, peer_manner>> table_;
};

}  // namespace sipha::resolver::test::cases
