#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/admin/rate_history.hpp"
#include "proxy/admin/trace.hpp"
#include "proxy/node/effects.hpp"

namespace sipha::admin {

/// What became of reading the configuration again. With errors nothing was changed.
struct reload_report {
    std::vector<std::string> errors;
    std::vector<std::string> changed;         ///< keys that took effect
    std::vector<std::string> restart_needed;  ///< keys that differ from what the process runs with
};

/// How a node is emptied.
struct drain_order {
    std::optional<std::chrono::seconds> spread;  ///< for closing connections; nothing: configured
    enum class when_empty : std::uint8_t { stay, exit } then = when_empty::stay;
};

/// The process around the node.
struct process_status {
    std::string version;
    std::chrono::seconds uptime{0};
    proxy::log_level log_level = proxy::log_level::info;
    std::size_t connections = 0;      ///< SIP connections, accepted and opened
    std::size_t max_connections = 0;  ///< the limit they have
    std::size_t flows_to_close = 0;   ///< connections of phones that a drain will close yet
    std::vector<std::string> restart_needed;
};

/// A certificate in use.
struct certificate {
    std::string listener;
    std::string subject;
    std::int64_t not_after_s = 0;  ///< seconds since 1970
};

/// What commands need of the process beside the node. Called on the worker thread. The defaults
/// are those of a node without a process around it.
class control {
  public:
    using counter_visitor = std::function<void(std::string_view name, std::uint64_t count)>;

    virtual ~control() = default;
    /// Counters of the shell by name.
    virtual void visit_counters(const counter_visitor&) const {}
    virtual process_status status() const { return {}; }
    virtual reload_report reload() { return {{"there is no configuration file"}, {}, {}}; }
    virtual void drain(const drain_order&) {}
    virtual void undo_drain() {}
    virtual void set_log_level(proxy::log_level) {}
    virtual std::vector<certificate> certificates() const { return {}; }
    /// Starts a successor that takes over the sockets.
    /// @returns what went wrong; empty when it is on its way.
    virtual std::string upgrade() { return "there is no program to start"; }
    /// Never null while commands run.
    tracer& traces() { return tracer_; }
    rate_history& rates() { return rates_; }

  private:
    tracer tracer_;
    rate_history rates_;
};

}  // namespace sipha::admin
