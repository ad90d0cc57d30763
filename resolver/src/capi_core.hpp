#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include <sipha/resolver.h>
#include <sipha/resolver/engine.hpp>

namespace sipha::resolver::detail {

class core;

/// Something the application may have to be told about: a lookup, a session. It sits in the queue
/// of its core without memory of its own, so that telling cannot fail for want of memory.
///
/// Owners: the handle that the application holds, the queue, and the engine's callbacks; each ends
/// at a time of its own.
class recipient : public std::enable_shared_from_this<recipient> {
  public:
    explicit recipient(std::shared_ptr<core> owner);
    virtual ~recipient();
    recipient(const recipient&) = delete;
    recipient& operator=(const recipient&) = delete;

    /// `tell` for callers that cannot have an exception: the loops of the core, and C.
    void tell_safely() noexcept;
    /// The engine goes away: lets go of everything that belongs to it. With the lock.
    virtual void detach() = 0;

    core& owner() const { return *core_; }

  protected:
    /// Calls the application back about everything that is new, if anything is. Without the lock.
    virtual void tell() = 0;

  private:
    friend class core;
    /// Moves itself out of `posted_`, so that the last owner may be gone afterwards.
    static void run_posted(void* argument);

    std::shared_ptr<core> core_;
    std::shared_ptr<recipient> next_;    ///< the one behind it in the queue
    std::shared_ptr<recipient> posted_;  ///< itself, while the application holds a raw pointer
    std::uint64_t serial_ = 0;           ///< order of creation; 0 while it is not listed
    bool is_queued_ = false;
};

/// The engine behind one sipha_t: its lock, its one descriptor, its thread, and the queue of those
/// who have news for the application. The engine runs with the lock, the application without it.
class core : public std::enable_shared_from_this<core> {
  public:
    /// @throws std::system_error when the system gives no descriptor.
    explicit core(std::unique_ptr<engine> lookups);
    ~core();
    core(const core&) = delete;
    core& operator=(const core&) = delete;

    std::unique_lock<std::mutex> lock() const { return std::unique_lock(mutex_); }
    /// With the lock: the engine, or null after `close`.
    engine* lookups() const { return engine_.get(); }
    /// The monotonic clock.
    static time_point now();
    /// With the lock, after each use of the engine: lets the descriptor wake for its next deadline.
    void rearm();
    /// With the lock: lets the descriptor wake at once, for somebody in the queue.
    void wake();
    /// With the lock: `who` has news; it is told by the next round. Never fails.
    void queue(recipient& who);
    /// With the lock: from now on `close` reaches `who`. @throws std::bad_alloc.
    void enlist(recipient& who);
    /// With the lock: `who` needs not to hear of the end.
    void dismiss(recipient& who);

    /// With the lock.
    void count_dropped_event() { ++dropped_events_; }
    std::uint64_t dropped_events() const { return dropped_events_; }

    int fd() const;
    std::optional<std::chrono::milliseconds> timeout() const;
    std::int32_t process();
    std::int32_t start_thread(sipha_post post, void* context);
    /// Ends the thread and the engine, then tells everybody who is listed. Idempotent.
    void close();

  private:
    void run(sipha_post post, void* context);
    void post_news(sipha_post post, void* context);
    void turn();
    void arm(std::optional<std::chrono::milliseconds> wait);
    std::shared_ptr<recipient> take_next();
    void end_thread();
    void close_descriptors();

    mutable std::mutex mutex_;
    std::unique_ptr<engine> engine_;
    int poll_fd_ = -1;   ///< readable when either of the other two is
    int timer_fd_ = -1;  ///< readable when the engine's deadline has passed
    time_point armed_ = never;
    std::thread thread_;
    bool is_closed_ = false;
    bool has_thread_ = false;
    bool is_telling_ = false;
    std::shared_ptr<recipient> first_;  ///< head of the queue
    recipient* last_ = nullptr;
    std::map<std::uint64_t, recipient*> listed_;
    std::uint64_t next_serial_ = 1;
    std::uint64_t dropped_events_ = 0;
};

}  // namespace sipha::resolver::detail

/// The handle of the C API.
struct sipha_resolver {
    std::shared_ptr<sipha::resolver::detail::core> core;
};
