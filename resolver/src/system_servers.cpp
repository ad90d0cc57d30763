#include "resolver/src/system_servers.hpp"

#include <sys/stat.h>

#include <fstream>

namespace sipha::resolver::detail {

system_servers::stamp system_servers::look() const {
    struct stat facts {};
    if (stat(path_.c_str(), &facts) != 0) {
        return {};
    }
    return {facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec};
}

resolv_conf system_servers::read(time_point now) {
    // Looked at before it is read: a change in between is then seen the next time.
    seen_ = look();
    next_look_ = now + look_every;
    std::string text(max_resolv_conf_bytes, '\0');
    std::ifstream file(path_, std::ios::binary);
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return parse_resolv_conf(text);
}

std::optional<resolv_conf> system_servers::changed(time_point now) {
    if (now < next_look_) {
        return std::nullopt;
    }
    next_look_ = now + look_every;
    if (look() == seen_) {
        return std::nullopt;
    }
    return read(now);
}

}  // namespace sipha::resolver::detail
