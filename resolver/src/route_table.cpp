#include "resolver/src/route_table.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "resolver/src/draw.hpp"
#include "resolver/src/srv.hpp"

namespace sipha::resolver::detail {
namespace {

class drawer {
  public:
    drawer(const route_table& table, const draw_wish& wish, explanation* steps)
        : table_(table), wish_(wish), steps_(steps) {
        out_.candidates.reserve(std::min(table.places, max_candidates));
    }

    drawn_route run() {
        for (const auto& leg : table_.legs) {
            std::uint16_t rank = 0;
            for (std::uint32_t index = 0; index < leg.group_count; ++index) {
                const auto& group = table_.groups[leg.first_group + index];
                add_group(leg, group, rank);
                rank = static_cast<std::uint16_t>(rank + group.target_count);
            }
            is_open_ahead_ = is_open_ahead_ || leg.is_waiting;
        }
        return std::move(out_);
    }

  private:
    void add_group(const route_leg& leg, const route_group& group, std::uint16_t rank) {
        std::array<std::uint16_t, max_srv_records> room;
        const auto order = std::span(room).first(group.target_count);
        std::vector<srv_pick> picks;
        const bool is_explained = steps_ && leg.draw_key != 0;
        if (group.is_drawn || (group.target_count == 1 && !is_explained)) {
            for (std::uint16_t index = 0; index < group.target_count; ++index) {
                order[index] = index;
            }
        } else {
            // The priority is part of the key: what one group draws says nothing about the next.
            draw_order(
                std::span(table_.weights).subspan(group.first_target, group.target_count),
                wish_.how,
                keyed_draw(wish_.seed, leg.draw_key + group.priority),
                order,
                is_explained ? &picks : nullptr
            );
        }
        ranks at{leg.naptr_order, leg.naptr_preference, group.priority, rank, 0};
        for (std::size_t place = 0; place < order.size(); ++place, ++at.draw) {
            const auto& target = table_.targets[group.first_target + order[place]];
            if (place < picks.size()) {
                explain_pick(leg, group, group.first_target + order[place], picks[place]);
            }
            add_target(leg, target, at);
        }
    }

    void add_target(const route_leg& leg, const route_target& target, ranks at) {
        const auto& host = table_.hosts[target.host];
        for (at.address = 0; at.address < host.address_count; ++at.address) {
            const auto& ip = table_.addresses[host.first_address + at.address];
            if (table_.has_duplicates && is_known(leg.transport, ip, target.port)) {
                out_.has_duplicates = true;  // the earlier one has the better rank
                continue;
            }
            if (out_.candidates.size() >= max_candidates) {
                out_.is_truncated = true;
                return;
            }
            auto& found = out_.candidates.emplace_back();
            found.transport = leg.transport;
            found.ip = ip;
            found.port = target.port;
            found.tls_name = wish_.name == tls_identity::srv_target && !host.name.empty()
                                 ? host.name
                                 : table_.tls_name;
            found.srv_target = host.name;
            found.rank = at;
            found.expires = std::min(leg.expires, host.expires);
            found.is_stale = leg.is_stale || host.is_stale;
            found.is_authentic = !leg.is_unproven && !host.is_unproven && !host.name.empty();
            if (steps_) {
                explain_candidate(leg, found);
            }
        }
        is_open_ahead_ = is_open_ahead_ || target.is_waiting;
        if (!is_open_ahead_) {
            out_.certain = out_.candidates.size();
        }
    }

    bool is_known(transport through, const address& ip, std::uint16_t port) const {
        const auto& list = out_.candidates;
        return std::any_of(list.begin(), list.end(), [&](const candidate& other) {
            return other.port == port && other.ip == ip && other.transport == through;
        });
    }

    void explain_pick(
        const route_leg& leg, const route_group& group, std::size_t target, const srv_pick& pick
    ) {
        const draw_values values{
            group.priority,
            table_.weights[target],
            table_.targets[target].port,
            pick.drawn,
            pick.total};
        auto& step = steps_->emplace_back();
        step.depth = leg.depth;
        step.kind = step_kind::draw;
        step.name = table_.hosts[table_.targets[target].host].name;
        step.draw = values;
        step.text = "priority " + std::to_string(values.priority) + " weight " +
                    std::to_string(values.weight) + " drew " + std::to_string(values.drawn) +
                    " of " + std::to_string(values.total) + ": " + step.name + ':' +
                    std::to_string(values.port);
    }

    void explain_candidate(const route_leg& leg, const candidate& found) {
        auto& step = steps_->emplace_back();
        step.depth = leg.depth;
        step.kind = step_kind::candidate;
        step.name = found.to_string();
        step.text = step.name;
    }

    const route_table& table_;
    const draw_wish& wish_;
    explanation* steps_;
    drawn_route out_;
    bool is_open_ahead_ = false;
};

}  // namespace

drawn_route draw_route(const route_table& table, const draw_wish& wish, explanation* steps) {
    return drawer(table, wish, steps).run();
}

}  // namespace sipha::resolver::detail
