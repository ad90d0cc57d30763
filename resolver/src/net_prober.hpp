#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <sipha/resolver/prober.hpp>

#include "resolver/src/net_probe.hpp"

namespace sipha::resolver::detail {

/// The prober over this machine's sockets: one epoll descriptor over all of them.
class net_prober final : public prober {
  public:
    explicit net_prober(const prober_options& options);
    ~net_prober() override;

    void start(time_point now, probe_id id, const probe& what) override;
    void stop(probe_id id) override;
    int fd() const override { return poll_; }
    time_point next_deadline() const override;
    void process(time_point now) override;
    std::vector<probe_event> take_events() override { return std::exchange(events_, {}); }

  private:
    void settle(probe_id id, net_probe& item);

    std::size_t max_probes_;
    std::uint64_t seed_;
    int poll_ = -1;
    std::map<probe_id, std::unique_ptr<net_probe>> open_;
    std::set<std::pair<time_point, probe_id>> deadlines_;
    std::vector<probe_event> events_;
};

}  // namespace sipha::resolver::detail
