#include "dnsgen/publish/output_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "dnsgen/publish/file_ops.hpp"

namespace sipha::dnsgen {

namespace {

constexpr std::string_view sets_name = "sets";
constexpr std::string_view unfinished_name = ".unfinished";
constexpr std::string_view link_name = "current";
constexpr std::string_view new_link_name = ".current.new";
constexpr std::size_t number_length = 6;
constexpr std::size_t largest_compared_file = 256UL * 1024 * 1024;

bool is_set_name(std::string_view name) {
    return name.size() == number_length && std::all_of(name.begin(), name.end(), [](char letter) {
               return letter >= '0' && letter <= '9';
           });
}

/// @returns the target of a link below `parent`, cut at 255 bytes; nothing when it is no link.
std::optional<std::string> read_link(int parent, std::string_view name) {
    char buffer[256];
    const auto length = ::readlinkat(parent, std::string(name).c_str(), buffer, sizeof buffer - 1);
    if (length < 0) {
        return std::nullopt;
    }
    return std::string(buffer, static_cast<std::size_t>(length));
}

std::string remedy(int problem) {
    switch (problem) {
        case EACCES:
        case EPERM:
        case EROFS:
            return "; give this user write permission or choose another --out";
        case ENOSPC:
        case EDQUOT:
            return "; free some space, the current set is untouched";
        case ENOENT:
            return "; make the parent directory first";
        default:
            return "; check the output directory";
    }
}

std::string describe(std::string_view action, const std::string& where, int problem) {
    return "cannot " + std::string(action) + " " + where + ": " + std::strerror(problem) +
           remedy(problem);
}

std::string next_name(int sets) {
    unsigned long highest = 0;
    for (const auto& name : list_directory(sets, ".")) {
        if (is_set_name(name)) {
            highest = std::max(highest, std::stoul(name));
        }
    }
    auto digits = std::to_string(highest + 1);
    return digits.size() > number_length ? std::string()
                                         : std::string(number_length - digits.size(), '0') + digits;
}

void remove_old_sets(int sets, const std::string& current) {
    auto names = list_directory(sets, ".");
    std::erase_if(names, [&](const std::string& name) {
        return !is_set_name(name) || name == current;
    });
    // A set that cannot be removed does no harm; the next run tries again.
    for (std::size_t index = 0; index + kept_sets - 1 < names.size(); ++index) {
        remove_tree(sets, names[index]);
    }
}

}  // namespace

output_directory::output_directory(std::string path) : path_(std::move(path)) {
    if (::mkdir(path_.c_str(), 0755) != 0 && errno != EEXIST) {
        problem_ = describe("make", path_, errno);
        return;
    }
    fd_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd_ < 0) {
        problem_ = describe("open", path_, errno);
        return;
    }
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
        problem_ = "another process is publishing to " + path_ + "; wait for it to end";
        return;
    }
    struct stat status {};
    const auto name = std::string(link_name);
    if (::fstatat(fd_, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return;
    }
    const auto target = read_link(fd_, link_name);
    const auto prefix = std::string(sets_name) + "/";
    if (!target || !target->starts_with(prefix) || !is_set_name(target->substr(prefix.size()))) {
        problem_ = where(link_name) + " is not a link to a published set; remove it by hand";
        return;
    }
    current_ = target;
}

output_directory::~output_directory() {
    const owned_fd closer(fd_);
}

std::string output_directory::where(std::string_view name) const {
    return path_ + "/" + std::string(name);
}

std::optional<std::string> output_directory::read_current(std::string_view file, std::size_t most)
    const {
    if (!current_) {
        return std::nullopt;
    }
    const owned_fd sets(open_directory_at(fd_, std::string(sets_name)));
    const owned_fd set(open_directory_at(sets.get(), current_->substr(sets_name.size() + 1)));
    const auto slash = file.find('/');
    if (slash == std::string_view::npos) {
        return read_file_at(set.get(), std::string(file), most);
    }
    const owned_fd directory(open_directory_at(set.get(), std::string(file.substr(0, slash))));
    return read_file_at(directory.get(), std::string(file.substr(slash + 1)), most);
}

bool output_directory::is_current(const file_set& set) const {
    return current_ && std::all_of(set.files.begin(), set.files.end(), [&](const auto& file) {
               return read_current(file.first, largest_compared_file) == file.second;
           });
}

publish_result output_directory::publish(const file_set& set) {
    publish_result result;
    if (!problem_.empty()) {
        result.problem = problem_;
        return result;
    }
    make_run_directories(set);
    if (is_current(set)) {
        result.result = publish_result::outcome::unchanged;
        result.set_path = *current_;
        return result;
    }
    const owned_fd sets(make_directory_at(fd_, std::string(sets_name), existing::accepted));
    if (!sets.is_open()) {
        result.problem = describe("make or open", where(sets_name), errno);
        return result;
    }
    const auto name = next_name(sets.get());
    if (name.empty()) {
        result.problem = "all set numbers of " + where(sets_name) + " are used; remove old sets";
        return result;
    }
    result.problem = write_set(sets.get(), set, name);
    const auto target = std::string(sets_name) + "/" + name;
    if (result.problem.empty()) {
        result.problem = switch_current(target);
    }
    if (!result.problem.empty()) {
        return result;
    }
    current_ = target;
    remove_old_sets(sets.get(), name);
    result.result = publish_result::outcome::published;
    result.set_path = target;
    return result;
}

std::string output_directory::write_set(int sets, const file_set& set, const std::string& name) {
    const std::string unfinished(unfinished_name);
    const auto place = where(sets_name) + "/" + unfinished;
    // The lock is ours, so whatever has this name was left by a run that died.
    if (const int problem = remove_tree(sets, unfinished); problem != 0 && problem != ENOENT) {
        return describe("remove", place, problem);
    }
    const owned_fd root(make_directory_at(sets, unfinished, existing::refused));
    if (!root.is_open()) {
        return describe("make", place, errno);
    }
    for (const auto& [path, content] : set.files) {
        const auto slash = path.find('/');
        int problem = 0;
        if (slash == std::string::npos) {
            problem = write_new_file(root.get(), path, content);
        } else {
            const owned_fd directory(
                make_directory_at(root.get(), path.substr(0, slash), existing::accepted)
            );
            problem = directory.is_open()
                          ? write_new_file(directory.get(), path.substr(slash + 1), content)
                          : errno;
            if (problem == 0 && ::fsync(directory.get()) != 0) {
                problem = errno;
            }
        }
        if (problem != 0) {
            return describe("write", place + "/" + path, problem);
        }
    }
    if (::fsync(root.get()) != 0 || ::renameat(sets, unfinished.c_str(), sets, name.c_str()) != 0 ||
        ::fsync(sets) != 0) {
        return describe("finish", place, errno);
    }
    return {};
}

std::string output_directory::switch_current(const std::string& target) {
    const std::string new_link(new_link_name);
    const std::string link(link_name);
    if (::unlinkat(fd_, new_link.c_str(), 0) != 0 && errno != ENOENT) {
        return describe("remove", where(new_link_name), errno);
    }
    // rename(2) replaces the old link in one step; there is no moment without `current`.
    if (::symlinkat(target.c_str(), fd_, new_link.c_str()) != 0 ||
        ::renameat(fd_, new_link.c_str(), fd_, link.c_str()) != 0 || ::fsync(fd_) != 0) {
        return describe("switch", where(link_name), errno);
    }
    return {};
}

void output_directory::make_run_directories(const file_set& set) const {
    for (const auto& name : set.run_directories) {
        // Longer paths are the operator's; a failure shows when the server starts.
        if (name.find('/') == std::string::npos && name != "." && name != "..") {
            const owned_fd made(make_directory_at(fd_, name, existing::accepted));
        }
    }
}

}  // namespace sipha::dnsgen
