#include "proxy/ctl/user_hash.hpp"

#include <termios.h>
#include <unistd.h>

#include <cstdio>

#include "proxy/auth/users.hpp"

namespace sipha::ctl {

namespace {

constexpr std::size_t max_password_bytes = 1024;

/// Hides what is typed, as long as it lives.
class hidden_input {
  public:
    hidden_input() : is_terminal_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
        if (is_terminal_) {
            auto hidden = before_;
            hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
            ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
            std::fputs("password: ", stderr);
        }
    }
    ~hidden_input() {
        if (is_terminal_) {
            ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
            std::fputs("\n", stderr);
        }
    }
    hidden_input(const hidden_input&) = delete;
    hidden_input& operator=(const hidden_input&) = delete;

  private:
    termios before_{};
    bool is_terminal_;
};

}  // namespace

std::string read_password() {
    const hidden_input hidden;
    std::string out;
    for (int c = std::getchar(); c != EOF && c != '\n'; c = std::getchar()) {
        if (out.size() < max_password_bytes) {
            out += static_cast<char>(c);
        }
    }
    return out;
}

hashed_user hash_user(
    const std::string& user, const std::string& realm, const std::string& password
) {
    const auto at = user.find('@');
    if (at == std::string::npos || at == 0 || at + 1 == user.size()) {
        return {{}, "'" + user + "' is no user; write name@domain"};
    }
    if (password.empty()) {
        return {{}, "an empty password lets everybody in; type one"};
    }
    const auto name = user.substr(0, at);
    const auto domain = user.substr(at + 1);
    const auth::hasher hash;
    auto line = auth::user_line(
        {name, domain, realm.empty() ? domain : realm, password}, auth::all_algorithms, hash
    );
    if (!line) {
        return {{}, "'" + user + "' cannot stand in a users file"};
    }
    return {std::move(*line), {}};
}

}  // namespace sipha::ctl
