#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include <sipha/resolver/options.hpp>

namespace sipha::bench {

/// A folder in the system's place for scratch files; it goes away with the object.
class scratch_folder {
  public:
    /// @throws std::system_error when it cannot be made.
    scratch_folder();
    ~scratch_folder();
    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;

    const std::string& path() const { return path_; }
    /// Writes a file into it. @returns the file's path.
    std::string write(std::string_view name, std::string_view text) const;

  private:
    std::string path_;
};

/// The real NSD on loopback with `zones()`. It ends with this object, and with this process. Its
/// limit on answers for each client is off: it would drop benchmark queries in silence.
class name_server {
  public:
    /// @throws std::runtime_error when nsd is missing or does not answer in time.
    name_server();
    ~name_server();
    name_server(const name_server&) = delete;
    name_server& operator=(const name_server&) = delete;

    resolver::dns_server place() const { return place_; }
    /// The folder that holds its files; others may put theirs beside them.
    const scratch_folder& folder() const { return folder_; }

  private:
    void start(const std::string& configuration);
    void stop();

    scratch_folder folder_;
    resolver::dns_server place_;
    pid_t process_ = -1;
};

}  // namespace sipha::bench
