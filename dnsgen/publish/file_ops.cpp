#include "dnsgen/publish/file_ops.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace sipha::dnsgen {

namespace {

constexpr mode_t directory_mode = 0755;
constexpr mode_t file_mode = 0644;
/// A set has files in directories; anything deeper is not ours.
constexpr int deepest_removed = 2;

int remove_tree_below(int parent, const std::string& name, int depth) {
    const owned_fd directory(open_directory_at(parent, name));
    if (!directory.is_open()) {
        return errno;
    }
    for (const auto& entry : list_directory(directory.get(), ".")) {
        if (::unlinkat(directory.get(), entry.c_str(), 0) == 0) {
            continue;
        }
        const int problem = errno;
        if (problem != EISDIR || depth == 0) {
            return problem;
        }
        if (const int inner = remove_tree_below(directory.get(), entry, depth - 1); inner != 0) {
            return inner;
        }
    }
    return ::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 ? 0 : errno;
}

}  // namespace

owned_fd::~owned_fd() {
    close();
}

int owned_fd::close() {
    const int fd = std::exchange(fd_, -1);
    return fd < 0 || ::close(fd) == 0 ? 0 : errno;
}

int open_directory_at(int parent, const std::string& name) {
    return ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int make_directory_at(int parent, const std::string& name, existing old) {
    if (::mkdirat(parent, name.c_str(), directory_mode) != 0 &&
        (errno != EEXIST || old == existing::refused)) {
        return -1;
    }
    return open_directory_at(parent, name);
}

int write_new_file(int parent, const std::string& name, std::string_view content) {
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    owned_fd file(::openat(parent, name.c_str(), flags, file_mode));
    if (!file.is_open()) {
        return errno;
    }
    while (!content.empty()) {
        const auto count = ::write(file.get(), content.data(), content.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return errno;
        }
        content.remove_prefix(static_cast<std::size_t>(count));
    }
    if (::fsync(file.get()) != 0) {
        return errno;
    }
    return file.close();
}

std::optional<std::string> read_file_at(int parent, const std::string& name, std::size_t most) {
    constexpr int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
    const owned_fd file(::openat(parent, name.c_str(), flags));
    struct stat status {};
    if (!file.is_open() || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return std::nullopt;
    }
    std::string content;
    char block[16384];
    while (content.size() <= most) {
        const auto count = ::read(file.get(), block, sizeof block);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return std::nullopt;
        }
        if (count == 0) {
            return content;
        }
        content.append(block, static_cast<std::size_t>(count));
    }
    return std::nullopt;
}

int remove_tree(int parent, const std::string& name) {
    return remove_tree_below(parent, name, deepest_removed);
}

std::vector<std::string> list_directory(int parent, const std::string& name) {
    std::vector<std::string> result;
    const int fd = open_directory_at(parent, name);
    DIR* directory = fd < 0 ? nullptr : ::fdopendir(fd);
    if (directory == nullptr) {
        const owned_fd closer(fd);
        return result;
    }
    while (const auto* entry = ::readdir(directory)) {
        std::string found = entry->d_name;
        if (found != "." && found != "..") {
            result.push_back(std::move(found));
        }
    }
    ::closedir(directory);
    std::sort(result.begin(), result.end());
    return result;
}

}  // namespace sipha::dnsgen
