#include "proxy/log/spdlog_sink.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "proxy/log/escape.hpp"
#include "proxy/log/line_limiter.hpp"

namespace sipha::log {

namespace {

/// Hands finished lines to a function.
class function_sink final : public spdlog::sinks::base_sink<std::mutex> {
  public:
    explicit function_sink(std::function<void(std::string_view)> output)
        : output_(std::move(output)) {}

  protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t buffer;
        base_sink<std::mutex>::formatter_->format(message, buffer);
        output_(std::string_view(buffer.data(), buffer.size()));
    }
    void flush_() override {}

  private:
    std::function<void(std::string_view)> output_;
};

spdlog::level::level_enum to_spdlog(proxy::log_level level) {
    switch (level) {
        case proxy::log_level::debug:
            return spdlog::level::debug;
        case proxy::log_level::info:
            return spdlog::level::info;
        case proxy::log_level::warn:
            return spdlog::level::warn;
        case proxy::log_level::error:
            break;
    }
    return spdlog::level::err;
}

std::string_view name_of(proxy::log_level level) {
    switch (level) {
        case proxy::log_level::debug:
            return "debug";
        case proxy::log_level::info:
            return "info";
        case proxy::log_level::warn:
            return "warn";
        case proxy::log_level::error:
            break;
    }
    return "error";
}

class writer {
  public:
    explicit writer(log_options options)
        : least_(options.least),
          limiter_(options.lines_per_second),
          logger_("sipha", make_sink(std::move(options.output))) {
        logger_.set_level(to_spdlog(least_));
        logger_.flush_on(spdlog::level::debug);
        logger_.set_formatter(std::make_unique<spdlog::pattern_formatter>(
            "%Y-%m-%dT%H:%M:%S.%fZ %v", spdlog::pattern_time_type::utc
        ));
    }
    ~writer() { tell(limiter_.take_all()); }
    writer(const writer&) = delete;
    writer& operator=(const writer&) = delete;

    void write(const proxy::log_line& line) {
        if (line.level < least_) {
            return;
        }
        const std::lock_guard lock(mutex_);
        const auto now = std::chrono::steady_clock::now();
        tell(limiter_.take_suppressed(now));
        if (limiter_.admit(now, event_name(line.text))) {
            put(line.level, escape(line.text));
        }
    }

  private:
    static spdlog::sink_ptr make_sink(std::function<void(std::string_view)> output) {
        if (output) {
            return std::make_shared<function_sink>(std::move(output));
        }
        return std::make_shared<spdlog::sinks::stderr_sink_mt>();
    }
    void put(proxy::log_level level, std::string_view text) {
        std::string line(name_of(level));
        line += ' ';
        line += text;
        // As a string_view the line is never taken for a format.
        logger_.log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
    }
    void tell(const std::vector<line_limiter::suppressed>& list) {
        for (const auto& each : list) {
            const auto text = "event=log_suppressed name=" + escape(each.event) +
                              " lines=" + std::to_string(each.lines);
            put(proxy::log_level::warn, text);
        }
    }

    proxy::log_level least_;
    std::mutex mutex_;
    line_limiter limiter_;
    spdlog::logger logger_;
};

}  // namespace

log_sink make_log_sink(log_options options) {
    // Shared, because a std::function must be copyable: each copy of the sink is an owner.
    auto shared = std::make_shared<writer>(std::move(options));
    return [shared = std::move(shared)](const proxy::log_line& line) { shared->write(line); };
}

}  // namespace sipha::log
