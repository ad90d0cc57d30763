#include "proxy/daemon/start_program.hpp"

#include <linux/close_range.h>
#include <spawn.h>
#include <unistd.h>

#include <cstring>
#include <string_view>

extern char** environ;

namespace sipha::daemon {

std::string program_path() {
    char text[4096];
    const auto size = ::readlink("/proc/self/exe", text, sizeof text);
    std::string path(text, size > 0 ? static_cast<std::size_t>(size) : 0);
    constexpr std::string_view replaced = " (deleted)";  // proc(5)
    if (path.ends_with(replaced)) {
        path.resize(path.size() - replaced.size());
    }
    return path;
}

program_started start_program(const program_start& what) {
    std::vector<std::string> texts;
    for (char** each = environ; *each != nullptr; ++each) {
        texts.emplace_back(*each);
    }
    for (const auto& [name, value] : what.environment) {
        texts.push_back(name + '=' + value);
    }
    std::vector<char*> environment;
    for (auto& text : texts) {
        environment.push_back(text.data());
    }
    environment.push_back(nullptr);
    auto words = what.arguments;
    words.insert(words.begin(), what.path);
    std::vector<char*> arguments;
    for (auto& word : words) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);

    // Not everything here was opened with close-on-exec, and a connection that the child holds too
    // would not end when this process closes it.
    ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    for (const int descriptor : what.descriptors) {
        // Equal numbers only take close-on-exec away (POSIX.1-2024).
        ::posix_spawn_file_actions_adddup2(&actions, descriptor, descriptor);
    }
    pid_t pid = 0;
    const int error = ::posix_spawn(
        &pid, what.path.c_str(), &actions, nullptr, arguments.data(), environment.data()
    );
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        return {0, "cannot start '" + what.path + "': " + std::strerror(error)};
    }
    return {pid, {}};
}

}  // namespace sipha::daemon
