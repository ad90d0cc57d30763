#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sipha/resolver/prober.hpp>

#include "resolver/src/probe_text.hpp"

namespace sipha::resolver::detail {

/// One probe on its own non-blocking socket.
class net_probe {
  public:
    /// Longest response read; what is longer is judged by its beginning.
    static constexpr std::size_t max_response = 8192;

    /// @param events where what is found goes. `fd` is -1 when no socket could be had; the reason
    /// is among the events then.
    net_probe(
        time_point now,
        probe_id id,
        const probe& what,
        std::uint64_t seed,
        std::vector<probe_event>& events
    );
    ~net_probe();
    net_probe(const net_probe&) = delete;
    net_probe& operator=(const net_probe&) = delete;

    int fd() const { return fd_; }
    bool is_over() const { return is_over_; }
    /// Waits for the socket to become writable, else for reading.
    bool wants_write() const { return phase_ == phase::connecting; }
    /// The socket is ready, or failed.
    void on_ready(time_point now);
    void on_deadline(time_point now);
    time_point next_deadline() const { return deadline_; }

    /// Kept by the owner: what the timer set and epoll hold.
    time_point armed = never;
    bool is_armed_for_write = false;

  private:
    enum class phase : std::uint8_t { connecting, idle, waiting };

    bool open(time_point now);
    void set_keepalive() const;
    void connected(time_point now);
    void send_request(time_point now);
    void send_ping(time_point now);
    void read_stream(time_point now);
    void read_datagrams(time_point now);
    bool take_answer(time_point now, std::string_view text);
    bool has_unacknowledged() const;
    void alive(time_point now, std::string_view cause);
    void fail(const outcome& what, std::string_view cause);
    void fail_errno(int error);
    void skip(std::string_view cause);
    std::chrono::milliseconds reply_wait() const;

    probe_id id_;
    probe what_;
    probe_names names_;
    std::vector<probe_event>& events_;
    int fd_ = -1;
    phase phase_ = phase::connecting;
    bool is_over_ = false;
    bool has_ponged_ = false;
    time_point deadline_ = never;
    time_point started_;
    time_point sent_;                      ///< last request or ping
    time_point ends_ = never;              ///< of an OPTIONS
    std::chrono::milliseconds repeat_{0};  ///< timer E
    std::string request_;
    std::string received_;
};

}  // namespace sipha::resolver::detail
