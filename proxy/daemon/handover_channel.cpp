#include "proxy/daemon/handover_channel.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "proxy/config/section.hpp"

namespace sipha::daemon {

namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

/// More than any datagram with its addresses.
constexpr std::size_t max_message_bytes = 256 * 1024;
constexpr auto hello_limit = 10s;
constexpr std::string_view digits = "0123456789abcdef";

std::string to_hex(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) {
        out += digits[static_cast<unsigned char>(c) >> 4];
        out += digits[static_cast<unsigned char>(c) & 0xfU];
    }
    return out;
}

std::optional<std::string> from_hex(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        const auto high = digits.find(text[i]);
        const auto low = digits.find(text[i + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos) {
            return std::nullopt;
        }
        out += static_cast<char>(static_cast<unsigned char>(high << 4 | low));
    }
    return text.size() % 2 == 0 ? std::optional(out) : std::nullopt;
}

bool is_ready(int descriptor, short events, std::chrono::milliseconds limit) {
    pollfd wait{descriptor, events, 0};
    return ::poll(&wait, 1, static_cast<int>(limit.count())) > 0;
}

}  // namespace

std::string handover_hello::encode() const {
    json::object sockets;
    for (const auto& [name, descriptor] : descriptors) {
        sockets[name] = descriptor;
    }
    return json::serialize(json::object{
        {"epoch", epoch}, {"key", to_hex(key)}, {"descriptors", std::move(sockets)}});
}

std::optional<handover_hello> handover_hello::decode(std::string_view text) {
    boost::system::error_code error;
    const auto parsed = json::parse({text.data(), text.size()}, error);
    const auto* object = error ? nullptr : parsed.if_object();
    const auto* epoch = object == nullptr ? nullptr : object->if_contains("epoch");
    const auto* key = object == nullptr ? nullptr : object->if_contains("key");
    const auto* sockets = object == nullptr ? nullptr : object->if_contains("descriptors");
    if (epoch == nullptr || !epoch->is_int64() || key == nullptr || !key->is_string() ||
        sockets == nullptr || !sockets->is_object()) {
        return std::nullopt;
    }
    auto bytes = from_hex({key->get_string().data(), key->get_string().size()});
    if (!bytes || epoch->get_int64() < 0 || epoch->get_int64() > 0xffffffff) {
        return std::nullopt;
    }
    handover_hello out{static_cast<std::uint32_t>(epoch->get_int64()), std::move(*bytes), {}};
    for (const auto& [name, descriptor] : sockets->get_object()) {
        if (!descriptor.is_int64() || descriptor.get_int64() < 0 ||
            descriptor.get_int64() > 0x7fffffff) {
            return std::nullopt;
        }
        out.descriptors[std::string(name)] = static_cast<int>(descriptor.get_int64());
    }
    return out;
}

std::string handed_datagram::encode() const {
    std::string out = listener + '\n' + remote.to_string() + '\n';
    out += bytes;
    return out;
}

std::optional<handed_datagram> handed_datagram::decode(std::string_view text) {
    const auto first = text.find('\n');
    const auto second = first == std::string_view::npos ? first : text.find('\n', first + 1);
    if (second == std::string_view::npos) {
        return std::nullopt;
    }
    const auto remote = config::parse_endpoint(text.substr(first + 1, second - first - 1));
    if (!remote) {
        return std::nullopt;
    }
    return handed_datagram{std::string(text.substr(0, first)), *remote, text.substr(second + 1)};
}

handover_channel::~handover_channel() {
    close();
}

handover_channel::handover_channel(handover_channel&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

handover_channel& handover_channel::operator=(handover_channel&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

void handover_channel::close() {
    if (descriptor_ >= 0) {
        ::close(std::exchange(descriptor_, -1));
    }
}

bool handover_channel::send(kind what, std::string_view text, std::chrono::milliseconds limit)
    const {
    std::string message(1, static_cast<char>(what));
    message += text;
    for (;;) {
        const auto sent =
            ::send(descriptor_, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            return true;
        }
        const bool is_full = errno == EAGAIN || errno == EWOULDBLOCK;
        if (errno == EINTR) {
            continue;
        }
        if (!is_full || !is_ready(descriptor_, POLLOUT, limit)) {
            return false;
        }
    }
}

handover_channel::received handover_channel::receive(std::chrono::milliseconds limit) const {
    if (!is_ready(descriptor_, POLLIN, limit)) {
        return {};
    }
    received out;
    out.text.resize(max_message_bytes);
    const auto size = ::recv(descriptor_, out.text.data(), out.text.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
        return {};
    }
    if (size <= 0) {
        return {kind::closed, {}};
    }
    out.what = static_cast<kind>(out.text.front());
    out.text = out.text.substr(1, static_cast<std::size_t>(size) - 1);
    return out;
}

int predecessor::take(const std::string& name) {
    const auto found = hello.descriptors.find(name);
    if (found == hello.descriptors.end()) {
        return -1;
    }
    const int descriptor = found->second;
    hello.descriptors.erase(found);
    return descriptor;
}

std::optional<predecessor> find_predecessor() {
    const char* named = std::getenv(handover_variable);
    if (named == nullptr) {
        return std::nullopt;
    }
    const int descriptor = std::atoi(named);
    ::unsetenv(handover_variable);
    predecessor out{handover_channel(descriptor), {}};
    const auto first = out.channel.receive(hello_limit);
    auto hello = first.what == handover_channel::kind::hello ? handover_hello::decode(first.text)
                                                             : std::nullopt;
    if (!hello) {
        throw std::runtime_error("the process to take over from does not speak");
    }
    out.hello = std::move(*hello);
    return out;
}

}  // namespace sipha::daemon
