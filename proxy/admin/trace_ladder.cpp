#include <algorithm>
#include <cstdio>
#include <vector>

#include "proxy/admin/trace_text.hpp"
#include "proxy/log/escape.hpp"

namespace sipha::admin {

namespace {

constexpr std::size_t lane_width = 30;
constexpr std::size_t max_label = 24;
constexpr std::size_t edge_lane = 1;  ///< the edge stands right of whoever spoke first

/// "INVITE" or "200 OK", escaped and cut.
std::string label_of(const traced_message& message) {
    std::string_view line = message.bytes;
    line = line.substr(0, line.find_first_of("\r\n"));
    constexpr std::string_view version = "SIP/2.0 ";
    if (line.starts_with(version)) {
        line.remove_prefix(version.size());
    } else {
        line = line.substr(0, line.find(' '));
    }
    return log::escape(line.substr(0, max_label)).substr(0, max_label);
}

class lanes {
  public:
    explicit lanes(const std::deque<traced_message>& messages) {
        for (const auto& message : messages) {
            const auto& remote = message.hop.remote;
            if (std::find(remotes_.begin(), remotes_.end(), remote) == remotes_.end()) {
                remotes_.push_back(remote);
            }
        }
    }
    std::size_t of(const sip::endpoint& remote) const {
        const auto at = static_cast<std::size_t>(
            std::find(remotes_.begin(), remotes_.end(), remote) - remotes_.begin()
        );
        return at == 0 ? 0 : at + edge_lane;
    }
    std::string heading() const {
        std::string out;
        for (std::size_t i = 0; i <= remotes_.size(); ++i) {
            const auto name = i == edge_lane ? "edge" : remotes_[i == 0 ? 0 : i - 1].to_string();
            const auto left = name.size() < lane_width ? (lane_width - name.size()) / 2 : 0;
            out.append(left, ' ');
            out += name;
            out.append(lane_width - std::min(lane_width, left + name.size()), ' ');
        }
        return out;
    }
    std::string arrow(const traced_message& message) const {
        std::string row((remotes_.size() + 1) * lane_width, ' ');
        for (std::size_t i = 0; i <= remotes_.size(); ++i) {
            row[middle(i)] = '|';
        }
        const auto there = of(message.hop.remote);
        const auto left = middle(std::min(there, edge_lane)) + 1;
        const auto right = middle(std::max(there, edge_lane)) - 1;
        std::fill(row.begin() + at(left), row.begin() + at(right + 1), '-');
        const bool is_to_edge = message.way == traced_message::direction::in;
        const bool points_right = is_to_edge ? there < edge_lane : there > edge_lane;
        row[points_right ? right : left] = points_right ? '>' : '<';
        const auto label = ' ' + label_of(message) + ' ';
        const auto begin = left + (right - left + 1 - label.size()) / 2;
        std::copy(label.begin(), label.end(), row.begin() + at(begin));
        return row;
    }

  private:
    static std::size_t middle(std::size_t lane) { return lane * lane_width + lane_width / 2; }
    static std::ptrdiff_t at(std::size_t index) { return static_cast<std::ptrdiff_t>(index); }

    std::vector<sip::endpoint> remotes_;
};

void trim(std::string& row) {
    row.erase(row.find_last_not_of(' ') + 1);
}

}  // namespace

std::string ladder(const std::deque<traced_message>& messages) {
    if (messages.empty()) {
        return "no message yet\n";
    }
    const lanes all(messages);
    std::string out = "  seconds " + all.heading();
    trim(out);
    out += '\n';
    const auto begin = messages.front().at.mono;
    for (const auto& message : messages) {
        char time[32];
        const std::chrono::duration<double> since = message.at.mono - begin;
        std::snprintf(time, sizeof time, "%9.4f ", since.count());
        auto row = time + all.arrow(message);
        trim(row);
        out += row;
        out += '\n';
    }
    return out;
}

}  // namespace sipha::admin
