#pragma once

#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <string_view>

namespace sipha::resolver::stub {

enum class log_form : std::uint8_t { text, json };

struct log_field {
    std::string_view key;
    std::string value;
};

/// "event=order domain=example.com ..." or {"event":"order","domain":"example.com",...}, one line.
/// Values with blanks or quotes are quoted; control characters never reach the line.
std::string log_line(
    log_form form, std::string_view event, std::initializer_list<log_field> fields
);

/// Writes one line for each event, at once.
class event_log {
  public:
    /// @param to stays open as long as the log lives.
    event_log(std::FILE* to, log_form form) : to_(to), form_(form) {}
    void line(std::string_view event, std::initializer_list<log_field> fields);

  private:
    std::FILE* to_;
    log_form form_;
};

}  // namespace sipha::resolver::stub
