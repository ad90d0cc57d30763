#include "proxy/config/users_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace sipha::config {

namespace {

class descriptor {
  public:
    // O_NONBLOCK: opening a FIFO would wait for somebody who writes to it.
    explicit descriptor(const std::string& path)
        : number_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
    ~descriptor() {
        if (number_ >= 0) {
            close(number_);
        }
    }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    int number() const { return number_; }

  private:
    int number_;
};

/// @returns what is wrong; empty on success.
std::string read_whole(const std::string& path, std::string& text) {
    const descriptor file(path);
    struct stat about {};
    if (file.number() < 0 || fstat(file.number(), &about) != 0) {
        return std::string(std::strerror(errno)) +
               "; a relative name starts at the directory of the configuration file";
    }
    if (!S_ISREG(about.st_mode)) {
        return "is not a regular file; name the file that holds the users";
    }
    if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return "is open to others than its owner; run: chmod 600 " + path;
    }
    if (static_cast<std::size_t>(about.st_size) > max_users_file_bytes) {
        return "has more than " + std::to_string(max_users_file_bytes) + " octets";
    }
    text.resize(static_cast<std::size_t>(about.st_size));
    std::size_t at = 0;
    while (at < text.size()) {
        const auto got = read(file.number(), text.data() + at, text.size() - at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return std::strerror(errno);
        }
        if (got == 0) {
            break;
        }
        at += static_cast<std::size_t>(got);
    }
    text.resize(at);
    return {};
}

}  // namespace

loaded_users load_users(
    const std::string& config_path,
    const std::string& name,
    std::span<const auth::algorithm> algorithms
) {
    const auto path = (std::filesystem::path(config_path).parent_path() / name).string();
    loaded_users out;
    std::string text;
    if (const auto error = read_whole(path, text); !error.empty()) {
        out.errors.push_back(path + ": " + error);
        return out;
    }
    auto read = auth::read_users(text, algorithms);
    for (const auto& error : read.errors) {
        out.errors.push_back(path + ':' + std::to_string(error.line) + ": " + error.text);
    }
    if (read.error_count > read.errors.size()) {
        const auto left = read.error_count - read.errors.size();
        out.errors.push_back(path + ": and " + std::to_string(left) + " more errors");
    }
    if (read.table) {
        out.users = std::make_shared<const auth::user_table>(std::move(*read.table));
    }
    return out;
}

}  // namespace sipha::config
