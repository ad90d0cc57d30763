#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sipha::daemon {

/// Tells the service manager (systemd) how the process is, by the datagrams of sd_notify(3).
/// Without a manager it does nothing.
class service_manager {
  public:
    /// @param socket the value of NOTIFY_SOCKET: a path, or an abstract name behind '@'; may be
    /// empty. @param watchdog_us the value of WATCHDOG_USEC, or empty.
    service_manager(std::string socket, std::string_view watchdog_us);
    /// As the environment of this process says, which is cleared so that children do not speak too.
    static service_manager from_environment();

    /// One or more lines such as "READY=1\nSTATUS=...". @returns whether a manager took it.
    bool notify(std::string_view lines) const;
    void ready(std::string_view status) const;
    void reloading() const;
    void stopping() const;
    void alive() const { notify("WATCHDOG=1"); }
    /// How often `alive` must be called; nothing when nobody watches.
    std::optional<std::chrono::microseconds> watchdog_interval() const { return interval_; }
    /// What a successor of this process needs to speak to the same manager.
    std::map<std::string, std::string> environment() const;

  private:
    std::string socket_;
    std::optional<std::chrono::microseconds> interval_;
};

}  // namespace sipha::daemon
