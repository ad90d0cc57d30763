#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/admin/commands.hpp"
#include "proxy/admin/trace.hpp"
#include "proxy/config/config.hpp"
#include "proxy/daemon/handover_channel.hpp"
#include "proxy/daemon/handover_machine.hpp"
#include "proxy/daemon/http_server.hpp"
#include "proxy/daemon/service_manager.hpp"
#include "proxy/log/spdlog_sink.hpp"
#include "proxy/node/node.hpp"
#include "proxy/shell/locator.hpp"
#include "proxy/shell/runtime.hpp"

namespace sipha::daemon {

/// What the configuration file said when the process started.
struct start_options {
    std::string config_path;
    config::daemon_options options;
    config::key_values values;
    std::optional<predecessor> before;  ///< whose work this process takes over
};

/// The process: the pure node, its shell, and everything an administrator does with them. It runs
/// on one thread; `post` alone may be called from others.
class process final : public admin::control {
  public:
    explicit process(start_options start);
    ~process() override;

    /// Binds the listeners (throws std::system_error) and works until it is stopped.
    void run();

    // admin::control
    void visit_counters(const counter_visitor& visit) const override;
    admin::process_status status() const override;
    admin::reload_report reload() override;
    void drain(const admin::drain_order& order) override;
    void undo_drain() override;
    void set_log_level(proxy::log_level level) override;
    std::string upgrade() override;

  private:
    std::string answer(std::string_view request, admin::access may);
    void serve_admin();
    void open_http();
    // Handing over to the next process, in handover.cpp.
    shell::runtime::reading on_successor();
    void hand_over();
    bool send_registrations();
    void end_handover(timing::time_point limit);
    // Taking over from the one before.
    void receive_registrations();
    shell::runtime::reading on_predecessor();
    void take_datagram(std::string_view text);
    void listen_to_signals();
    void note(proxy::log_level level, std::string text) const {
        log_.sink({level, std::move(text)});
    }
    /// Sends new requests away, lets those under way end for stop_grace, then stops.
    void stop_gently(std::string_view why);
    void stop_when_idle(timing::time_point limit);
    void exit_when_empty();
    void keep_watchdog_quiet();
    void sample_rates();
    std::string summary() const;

    std::string config_path_;
    config::daemon_options options_;
    std::optional<predecessor> before_;
    config::key_values started_with_;
    config::key_values current_;
    std::vector<std::string> restart_needed_;
    service_manager manager_;
    log::adjustable_log log_;
    proxy::log_level log_level_;
    proxy::node node_;
    admin::tracing_machine traced_;
    handover_machine handover_;
    shell::locator locator_;
    std::unique_ptr<http_server> http_;  ///< longer than the runtime, which keeps its replies
    shell::runtime runtime_;
    timing::time_point started_at_;
    std::optional<handover_channel> successor_;
    /// While a successor is on its way; `over` means that it works.
    enum class handover_state : std::uint8_t {
        none,
        starting,
        over
    } handing_ = handover_state::none;
    std::uint64_t datagrams_handed_ = 0;
    std::uint64_t datagrams_lost_ = 0;
    bool is_stopping_ = false;
    bool exits_when_empty_ = false;
};

}  // namespace sipha::daemon
