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

constexpr std::size_t max_secret_bytes = 4096;

class file {
  public:
    explicit file(const char* path) : descriptor_(open(path, O_RDONLY | O_CLOEXEC)) {}
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
        return {{}, path + ": " + std::strerror(errno)};
    }
    if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return {{}, path + " can be read by others; run: chmod 600 " + path};
    }
    char buffer[max_secret_bytes + 1];
    const auto got = read(opened.descriptor(), buffer, sizeof buffer);
    if (got < 0) {
        return {{}, path + ": " + std::strerror(errno)};
    }
    std::string text(buffer, static_cast<std::size_t>(got));
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
        text.pop_back();
    }
    if (text.size() < min_secret_bytes || text.size() > max_secret_bytes) {
        return {
            {},
            path + " holds " + std::to_string(text.size()) + " octets; " +
                std::to_string(min_secret_bytes) + " to " + std::to_string(max_secret_bytes) +
                " are needed, for example from: openssl rand -hex 32"};
    }
    return {std::move(text), {}};
}

}  // namespace sipha::config
