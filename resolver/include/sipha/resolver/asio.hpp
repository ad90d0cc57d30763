#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sipha/resolver/engine.hpp>

namespace sipha::resolver {

/// Runs an engine on a Boost.Asio executor. Header-only, so that the library itself holds no Asio
/// symbol. Use it from one thread or one strand; an idle resolver does not keep `run()` busy.
class asio_resolver {
  public:
    explicit asio_resolver(
        boost::asio::any_io_executor executor, const engine_options& options = {}
    )
        : driver_(std::make_shared<driver>(std::move(executor), std::make_unique<engine>(options))
          ) {}
    asio_resolver(boost::asio::any_io_executor executor, std::unique_ptr<engine> lookups)
        : driver_(std::make_shared<driver>(std::move(executor), std::move(lookups))) {}
    /// Open lookups complete with `errc::aborted`.
    ~asio_resolver() { driver_->stop(); }
    asio_resolver(const asio_resolver&) = delete;
    asio_resolver& operator=(const asio_resolver&) = delete;

    /// Looks up a URI; completes with `void(boost::system::error_code, lookup_result)`, never
    /// from inside this call, exactly once. Cancelling it through the token's cancellation slot
    /// gives `errc::cancelled`.
    template <class Token>
    auto async_resolve(std::string uri, lookup_options options, Token&& token) {
        return boost::asio::async_initiate<Token, signature>(
            [](auto handler, std::shared_ptr<driver> on, std::string asked, lookup_options how) {
                on->start(asked, how, std::move(handler));
            },
            token,
            driver_,
            std::move(uri),
            std::move(options)
        );
    }

  private:
    friend class asio_session;
    using signature = void(boost::system::error_code, lookup_result);

    /// Shared with the handlers of the waits under way: they outlive the resolver by one turn.
    class driver : public std::enable_shared_from_this<driver> {
      public:
        driver(boost::asio::any_io_executor executor, std::unique_ptr<engine> lookups)
            : executor_(executor), engine_(std::move(lookups)), fd_(executor), timer_(executor) {
            if (engine_->fd() >= 0) {
                fd_.assign(engine_->fd());
            }
        }
        ~driver() { release(); }

        template <class Handler>
        void start(const std::string& uri, const lookup_options& options, Handler handler) {
            auto slot = boost::asio::get_associated_cancellation_slot(handler);
            // A handler may be move-only, a std::function is not; the engine holds the only copy.
            auto kept = std::make_shared<Handler>(std::move(handler));
            const auto id = engine_->resolve(
                uri,
                options,
                [kept, executor = executor_](std::error_code error, lookup_result result) {
                    auto target = boost::asio::get_associated_executor(*kept, executor);
                    boost::asio::post(boost::asio::bind_executor(
                        target,
                        [handler = std::move(*kept), error, result = std::move(result)]() mutable {
                            std::move(handler)(boost::system::error_code(error), std::move(result));
                        }
                    ));
                }
            );
            if (slot.is_connected()) {
                slot.assign([weak = this->weak_from_this(), id](boost::asio::cancellation_type) {
                    if (const auto self = weak.lock(); self && self->engine_) {
                        self->engine_->cancel(id);
                        self->arm();
                    }
                });
            }
            arm();
        }

        engine& lookups() { return *engine_; }
        /// Something was asked of the engine outside this adapter.
        void wake() {
            if (engine_) {
                arm();
            }
        }

        void stop() {
            timer_.cancel();
            release();
            engine_.reset();
        }

      private:
        void release() {
            // The engine owns the descriptor and closes it.
            if (fd_.is_open()) {
                fd_.release();
            }
        }

        bool is_idle() const { return engine_->pending() == 0 && engine_->open_sessions() == 0; }

        void arm() {
            if (is_idle()) {
                timer_.cancel();
                if (is_waiting_) {
                    fd_.cancel();
                }
                return;
            }
            if (fd_.is_open() && !is_waiting_) {
                is_waiting_ = true;
                fd_.async_wait(
                    boost::asio::posix::stream_descriptor::wait_read,
                    [self = this->shared_from_this()](boost::system::error_code) {
                        self->is_waiting_ = false;
                        self->run();
                    }
                );
            }
            if (const auto timeout = engine_->timeout()) {
                timer_.expires_after(*timeout);
                timer_.async_wait([self =
                                       this->shared_from_this()](boost::system::error_code error) {
                    if (!error) {
                        self->run();
                    }
                });
            }
        }

        void run() {
            if (engine_ && !is_idle()) {
                engine_->process();
                arm();
            }
        }

        boost::asio::any_io_executor executor_;
        std::unique_ptr<engine> engine_;
        boost::asio::posix::stream_descriptor fd_;
        boost::asio::steady_timer timer_;
        bool is_waiting_ = false;
    };

    std::shared_ptr<driver> driver_;
};

}  // namespace sipha::resolver
