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
    /// Asks the DNS through c-ares. @throws std::system_error when no socket facility is left.
    explicit asio_resolver(
        boost::asio::any_io_executor executor, const engine_options& options = {}
    )
        : driver_(std::make_shared<driver>(std::move(executor), std::make_unique<engine>(options))
          ) {}
    /// Drives an engine made elsewhere. @param lookups never null.
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

    /// Opens a route (`engine::open_route`); completes with
    /// `void(boost::system::error_code, route_set)` as soon as its first candidate is certain.
    template <class Token>
    auto async_open_route(std::string uri, lookup_options options, Token&& token) {
        return boost::asio::async_initiate<Token, route_signature>(
            [](auto handler, std::shared_ptr<driver> on, std::string asked, lookup_options how) {
                on->open(asked, how, std::move(handler));
            },
            token,
            driver_,
            std::move(uri),
            std::move(options)
        );
    }

    /// Waits until `route.next()` has something to say: a candidate, or that there is none any
    /// more. Completes with `void(boost::system::error_code)`; one wait for one route at a time.
    template <class Token>
    auto async_wait_ready(route_set route, Token&& token) {
        return boost::asio::async_initiate<Token, void(boost::system::error_code)>(
            [](auto handler, std::shared_ptr<driver> on, route_set which) {
                on->await(std::move(which), std::move(handler));
            },
            token,
            driver_,
            std::move(route)
        );
    }

    /// The engine underneath, for what waits for nothing: `try_resolve`, `report`,
    /// `network_changed`, `snapshot`, sessions. Call `wake` after starting anything with it.
    engine& lookups() { return *driver_->lookups(); }
    /// Looks again for how long the loop may sleep.
    void wake() { driver_->arm(); }

  private:
    friend class asio_session;
    using signature = void(boost::system::error_code, lookup_result);
    using route_signature = void(boost::system::error_code, route_set);

    /// A handler that is called exactly once: with success, or as aborted when it is dropped.
    template <class Handler>
    class ready_wait {
      public:
        ready_wait(Handler handler, boost::asio::any_io_executor executor)
            : handler_(std::move(handler)), executor_(std::move(executor)) {}
        ~ready_wait() { complete(make_error_code(errc::aborted)); }
        ready_wait(const ready_wait&) = delete;
        ready_wait& operator=(const ready_wait&) = delete;

        void complete(std::error_code error) {
            if (std::exchange(is_done_, true)) {
                return;
            }
            auto target = boost::asio::get_associated_executor(handler_, executor_);
            boost::asio::post(boost::asio::bind_executor(
                target,
                [handler = std::move(handler_), error]() mutable {
                    std::move(handler)(boost::system::error_code(error));
                }
            ));
        }

      private:
        Handler handler_;
        boost::asio::any_io_executor executor_;
        bool is_done_ = false;
    };

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

        engine* lookups() { return engine_.get(); }

        template <class Handler>
        void start(const std::string& uri, const lookup_options& options, Handler handler) {
            auto slot = boost::asio::get_associated_cancellation_slot(handler);
            connect(
                slot, engine_->resolve(uri, options, completion<lookup_result>(std::move(handler)))
            );
        }

        template <class Handler>
        void open(const std::string& uri, const lookup_options& options, Handler handler) {
            auto slot = boost::asio::get_associated_cancellation_slot(handler);
            connect(
                slot, engine_->open_route(uri, options, completion<route_set>(std::move(handler)))
            );
        }

        template <class Handler>
        void await(route_set route, Handler handler) {
            auto kept = std::make_shared<ready_wait<Handler>>(std::move(handler), executor_);
            // The engine drops what it can call no more: then the wait ends as aborted.
            route.when_ready([kept] { kept->complete({}); });
            arm();
        }

        void arm() {
            if (!engine_ || is_idle()) {
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

        void stop() {
            timer_.cancel();
            release();
            engine_.reset();
        }

      private:
        bool is_idle() const { return engine_->pending() == 0 && engine_->open_sessions() == 0; }

        void release() {
            // The engine owns the descriptor and closes it.
            if (fd_.is_open()) {
                fd_.release();
            }
        }

        /// What the engine calls back; it posts the handler, which may be move-only although a
        /// std::function is not: the engine holds the only copy.
        template <class Result, class Handler>
        auto completion(Handler handler) {
            auto kept = std::make_shared<Handler>(std::move(handler));
            return [kept, executor = executor_](std::error_code error, Result result) {
                auto target = boost::asio::get_associated_executor(*kept, executor);
                boost::asio::post(boost::asio::bind_executor(
                    target,
                    [handler = std::move(*kept), error, result = std::move(result)]() mutable {
                        std::move(handler)(boost::system::error_code(error), std::move(result));
                    }
                ));
            };
        }

        template <class Slot>
        void connect(Slot slot, lookup_id id) {
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

        void run() {
            if (engine_) {
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
