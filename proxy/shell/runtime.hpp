#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/log/log_sink.hpp"
#include "proxy/node/machine.hpp"
#include "proxy/shell/admin_socket.hpp"
#include "proxy/shell/close_schedule.hpp"
#include "proxy/shell/counters.hpp"
#include "proxy/shell/inbox.hpp"
#include "proxy/shell/load_probe.hpp"
#include "proxy/shell/mesh_bus.hpp"
#include "proxy/shell/options.hpp"
#include "proxy/shell/tcp_transport.hpp"
#include "proxy/shell/udp_socket.hpp"

namespace sipha::shell {

/// Answers effects::resolve_request. The runtime calls `resolve` on the worker thread; the answer
/// may be given during that call or later, on any thread, at most once. An implementation that is
/// still able to answer must be gone, or silenced, before the runtime is destroyed.
class resolver_port {
  public:
    virtual ~resolver_port() = default;
    virtual void resolve(
        proxy::resolve_request request, std::function<void(proxy::resolved)> answer
    ) = 0;
};

/// One worker: one thread, one io_context, one machine. It gathers what is ready, steps the
/// machine, performs the effects and sleeps until the machine's next deadline.
///
/// `post` and `stop` may be called from any thread; everything else before `run`, on the worker
/// thread, or after `run` has returned.
class runtime final : private inbox {
  public:
    /// @param decide must outlive the runtime. @param resolver may be null: then every request is
    /// answered with no target and the reason "no resolver". @param log may be empty.
    runtime(
        proxy::machine& decide,
        runtime_options options,
        resolver_port* resolver = nullptr,
        log::log_sink log = {}
    );
    ~runtime();

    /// Binds every listener; throws std::system_error that names the address and a remedy.
    /// Afterwards the ports are known and connections queue up in the kernel.
    void start();
    /// Serves a management socket while the worker runs; call it between `start` and `run`.
    /// The handler runs on the worker thread and may call `act`.
    void serve_admin(admin_socket::options where, admin_socket::handler answer);
    /// Reads the certificate files of all TLS listeners and of the client side again. New
    /// connections get them, those that exist keep theirs. Worker thread, or before `run`.
    /// @returns empty, or what is wrong with which file: then everything stays as it was.
    std::string reload_certificates();
    /// Makes SIGTERM and SIGINT call `stop`; for one worker of the process.
    void stop_on_signals();
    /// The listening sockets by name: a listener's address as text, "cluster", "admin".
    std::map<std::string, int> listening_descriptors();
    /// Worker thread only. Leaves new connections, the cluster's links and the management socket to
    /// the process that got the sockets; datagrams are still read here.
    void hand_over_streams();
    /// Worker thread only. Reads no further datagram.
    void pause_datagrams();
    /// Worker thread only. Begins to read datagrams, see runtime_options::reads.
    void read_datagrams();
    /// Worker thread only, or before `run`. Calls `action` whenever the descriptor can be read,
    /// until it says that this was the last time. The descriptor is owned from then on.
    enum class reading : std::uint8_t { goes_on, ends };
    void on_readable(int descriptor, std::function<reading()> action);
    /// Calls `action` on the worker thread for each signal of this number; before `run`.
    void on_signal(int number, std::function<void()> action);
    /// Works on the calling thread until `stop`.
    void run();
    /// Stops accepting, writes what is queued (at most stop_grace long) and lets `run` return.
    void stop();

    /// Worker thread only. Closes the connections that peers opened so far, evenly spread over
    /// `spread`; one whose peer does not end its side within close_grace is reset.
    void close_accepted_flows(timing::duration spread);
    /// Keeps those that are not closed yet.
    void keep_accepted_flows();
    /// SIP connections, accepted and opened.
    std::size_t connections() const { return tcp_.connections(); }
    /// Connections of close_accepted_flows that wait for their moment.
    std::size_t flows_to_close() const { return closing_.size(); }
    /// Calls `action` on the worker thread after `delay`, unless the worker stops first.
    void call_later(timing::duration delay, std::function<void()> action);

    /// Runs `action` on the worker thread; the machine's deadline is looked at again afterwards.
    void post(std::function<void()> action);
    /// Worker thread only: lets `action` ask for effects as a step does; they are performed when
    /// the current handler or posted action ends.
    void act(const std::function<void(timing::instant, proxy::effects&)>& action);

    /// The port a listener is bound to; 0 when there is no such listener.
    std::uint16_t listener_port(sip::listener_id id) const;
    /// The port links are accepted on; 0 without cluster address.
    std::uint16_t cluster_port() const { return mesh_.port(); }
    void set_peer(const peer_address& peer) { mesh_.set_peer(peer); }
    const counters& counts() const { return counts_; }
    /// The worker's executor, for shells that share its thread.
    boost::asio::any_io_executor executor() { return io_.get_executor(); }

  private:
    void deliver(const proxy::input& what) override;
    void report(proxy::input what) override;
    void settle() override;
    void note(const proxy::log_line& line) override;

    void tell_load(timing::instant time);
    bool has_effects() const;
    void perform();
    void perform_messages();
    void step_reported();
    void resolve(proxy::resolve_request request);
    void arm();
    void on_timer();
    void begin_stop();
    void finish_stop_if_drained();
    void close_due_flows();
    void wait_for_bytes(
        std::shared_ptr<boost::asio::posix::stream_descriptor> from, std::function<reading()> action
    );
    void wait_for_signal(boost::asio::signal_set& set, std::function<void()> action);

    runtime_options options_;
    counters counts_;
    proxy::machine& machine_;
    resolver_port* resolver_;
    log::log_sink log_;
    boost::asio::io_context io_;
    datagram_batch batch_;
    /// By listener_id; null for a listener that is not UDP.
    std::vector<std::unique_ptr<udp_socket>> udp_;
    std::vector<int> udp_descriptors_;
    load_probe load_;
    tcp_transport tcp_;
    mesh_bus mesh_;
    std::unique_ptr<admin_socket> admin_;
    boost::asio::signal_set signals_;
    boost::asio::steady_timer timer_;
    boost::asio::steady_timer stop_timer_;
    boost::asio::steady_timer closing_timer_;
    close_schedule closing_;
    std::vector<std::unique_ptr<boost::asio::signal_set>> other_signals_;
    proxy::effects effects_;
    std::vector<proxy::input> reported_;
    timing::time_point armed_ = timing::never;
    timing::time_point last_tick_{};
    bool is_settle_posted_ = false;
    bool is_stopping_ = false;
};

}  // namespace sipha::shell
