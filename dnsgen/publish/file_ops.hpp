#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipha::dnsgen {

/// A file descriptor that closes itself; -1 is none.
class owned_fd {
  public:
    explicit owned_fd(int fd) : fd_(fd) {}
    ~owned_fd();
    owned_fd(const owned_fd&) = delete;
    owned_fd& operator=(const owned_fd&) = delete;
    int get() const { return fd_; }
    bool is_open() const { return fd_ >= 0; }
    /// Closes now. @returns 0 or an errno; a full disk may show only here.
    int close();

  private:
    int fd_;
};

/// Opens a directory below `parent`, never through a symbolic link.
int open_directory_at(int parent, const std::string& name);
/// Makes and opens a directory below `parent`. @param may_exist whether an old one is fine.
enum class existing : bool { refused, accepted };
int make_directory_at(int parent, const std::string& name, existing old);
/// Creates a file that must not exist, writes it and syncs it. @returns 0 or an errno.
int write_new_file(int parent, const std::string& name, std::string_view content);
/// A regular file of at most `most` bytes, never through a symbolic link in its last part.
std::optional<std::string> read_file_at(int parent, const std::string& name, std::size_t most);
/// Removes a directory of files and of directories of files. @returns 0 or an errno.
int remove_tree(int parent, const std::string& name);
/// The names in a directory except "." and "..", sorted.
std::vector<std::string> list_directory(int parent, const std::string& name);

}  // namespace sipha::dnsgen
