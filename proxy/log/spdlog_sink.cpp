#include "proxy/log/spdlog_sink.hpp"

#include <fcntl.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "proxy/log/escape.hpp"
#include "proxy/log/json_line.hpp"
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

/// A file that lines are appended to, whole lines at a time, so that several processes may share
/// it.
class append_file {
  public:
    explicit append_file(std::string path) : path_(std::move(path)), descriptor_(open_file()) {
        if (descriptor_ < 0) {
            throw std::system_error(
                errno,
                std::generic_category(),
                "cannot open the log file '" + path_ + "' (check the directory and its permissions)"
            );
        }
    }
    ~append_file() { ::close(descriptor_); }
    append_file(const append_file&) = delete;
    append_file& operator=(const append_file&) = delete;

    void put(std::string_view line) const {
        // A full disk has nobody to tell; the next line tries again.
        [[maybe_unused]] const auto written = ::write(descriptor_, line.data(), line.size());
    }
    bool reopen() {
        const int fresh = open_file();
        if (fresh < 0) {
            return false;
        }
        ::close(std::exchange(descriptor_, fresh));
        return true;
    }

  private:
    int open_file() const {
        return ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    }

    std::string path_;
    int descriptor_;
};

class writer {
  public:
    explicit writer(log_options options)
        : least_(options.least),
          form_(options.form),
          file_(
              options.file.empty() || options.output ? nullptr
                                                     : std::make_unique<append_file>(options.file)
          ),
          limiter_(options.lines_per_second),
          logger_("sipha", make_sink(std::move(options.output))) {
        logger_.set_level(spdlog::level::debug);
        logger_.flush_on(spdlog::level::debug);
        logger_.set_formatter(std::make_unique<spdlog::pattern_formatter>(
            form_ == line_form::json ? "%v" : "%Y-%m-%dT%H:%M:%S.%fZ %v",
            spdlog::pattern_time_type::utc
        ));
    }
    void set_least(proxy::log_level least) { least_ = least; }
    bool reopen() {
        const std::lock_guard lock(mutex_);
        return !file_ || file_->reopen();
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
    spdlog::sink_ptr make_sink(std::function<void(std::string_view)> output) {
        if (file_) {
            output = [file = file_.get()](std::string_view line) { file->put(line); };
        }
        if (output) {
            return std::make_shared<function_sink>(std::move(output));
        }
        return std::make_shared<spdlog::sinks::stderr_sink_mt>();
    }
    void put(proxy::log_level level, std::string_view text) {
        std::string line;
        if (form_ == line_form::json) {
            line = json_line(utc_now(), name_of(level), text);
        } else {
            line = name_of(level);
            line += ' ';
            line += text;
        }
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

    /// RFC 3339 with microseconds.
    static std::string utc_now() {
        const auto now = std::chrono::system_clock::now();
        const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
        const auto time = std::chrono::system_clock::to_time_t(seconds);
        std::tm parts{};
        ::gmtime_r(&time, &parts);
        char text[40];
        const auto size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
        const auto micro = std::chrono::duration_cast<std::chrono::microseconds>(now - seconds);
        std::snprintf(text + size, sizeof text - size, ".%06dZ", static_cast<int>(micro.count()));
        return text;
    }

    std::atomic<proxy::log_level> least_;
    line_form form_;
    std::unique_ptr<append_file> file_;
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

adjustable_log make_log(log_options options) {
    auto shared = std::make_shared<writer>(std::move(options));
    return {
        [shared](const proxy::log_line& line) { shared->write(line); },
        [shared](proxy::log_level least) { shared->set_least(least); },
        [shared] { return shared->reopen(); }};
}

}  // namespace sipha::log
