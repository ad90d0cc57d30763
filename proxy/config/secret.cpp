#include "proxy/config/secret.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "proxy/config/config.hpp"

namespace sipha::config {

namespace {

class file {
  public:
    // O_NONBLOCK: opening a FIFO would wait for somebody who writes to it.
    explicit file(const char* path) : descriptor_(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
    ~file() {
        if (descriptor_ >= 0) {
            close(descriptor_);
        }
    }
    file(const file&) = delete;
    file& operator=(const file&) = delete;
    int descriptor() const { return descriptor_; }

  private:
    int descriptor_;
};

}  // namespace

secret read_secret(const std::string& config_path, const std::string& name) {
    const auto path = (std::filesystem::path(config_path).parent_path() / name).string();
    const file opened(path.c_str());
    struct stat about {};
    if (opened.descriptor() < 0 || fstat(opened.descriptor(), &about) != 0) {
        return {
            {},
            path + ": " + std::strerror(errno) +
                "; a relative name starts at the directory of the configuration file"};
    }
    if (!S_ISREG(about.st_mode)) {
        return {{}, path + " is not a regular file; name the file that holds the secret"};
    }
    if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return {{}, path + " is open to others than its owner; run: chmod 600 " + path};
    }
    char buffer[max_secret_bytes + 3];  // and a line end, and one octet too many
    const auto got = read(opened.descriptor(), buffer, sizeof buffer);
    if (got < 0) {
        return {{}, path + ": " + std::strerror(errno)};
    }
    std::string text(buffer, static_cast<std::size_t>(got));
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
        text.pop_back();
    }
    const bool is_too_long =
        text.size() > max_secret_bytes || got == static_cast<ssize_t>(sizeof buffer);
    if (text.size() < min_secret_bytes || is_too_long) {
        return {
            {},
            path + " holds " +
                (is_too_long ? "more than " + std::to_string(max_secret_bytes)
                             : std::to_string(text.size())) +
                " octets; " + std::to_string(min_secret_bytes) + " to " +
                std::to_string(max_secret_bytes) +
                " are needed, for example from: openssl rand -hex 32"};
    }
    return {std::move(text), {}};
}

}  // namespace sipha::config
