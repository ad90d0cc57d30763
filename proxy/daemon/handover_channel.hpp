#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/sip/outbox.hpp"

/// How a process of a node hands its work to the next one during an upgrade.
///
/// The old process starts the new one with one end of a pair of sockets and its listening sockets.
///   old -> new  hello     epoch, key of tokens, descriptors by name
///   new -> old  prepared  the configuration is right and every socket is there
///   old -> new  record    each registration
///   old -> new  go        accept connections, answer administrators
///   old -> new  datagram  one that goes on with nothing of the old process
/// The end of the channel means that the old process has stopped reading datagrams.
namespace sipha::daemon {

/// What the new process must know before it can make its node.
struct handover_hello {
    std::uint32_t epoch = 0;  ///< of the old process: the new one takes a later one
    std::string key;          ///< that signs tokens when the configuration has no secret
    std::map<std::string, int> descriptors;

    std::string encode() const;
    /// @returns nothing for a text that `encode` did not write.
    static std::optional<handover_hello> decode(std::string_view text);
};

/// One datagram on its way between the processes.
struct handed_datagram {
    std::string listener;  ///< our address as text: positions may differ in a new configuration
    sip::endpoint remote;
    std::string_view bytes;

    std::string encode() const;
    /// @returns nothing for a text that `encode` did not write. `bytes` is a view of `text`.
    static std::optional<handed_datagram> decode(std::string_view text);
};

/// One end of the channel: whole messages in order (AF_UNIX, SOCK_SEQPACKET). Owns no thread; a
/// failed send or a closed peer is told by the results.
class handover_channel {
  public:
    enum class kind : char {
        hello = 'H',
        prepared = 'P',
        record = 'R',
        go = 'G',
        datagram = 'D',
        closed = 'C',   ///< the peer has gone; never sent
        nothing = 'N',  ///< nothing came in time; never sent
    };
    struct received {
        kind what = kind::nothing;
        std::string text;
    };

    explicit handover_channel(int descriptor) : descriptor_(descriptor) {}
    ~handover_channel();
    handover_channel(handover_channel&& other) noexcept;
    handover_channel& operator=(handover_channel&& other) noexcept;

    /// Waits at most `limit` for room. @returns false when the message was not taken.
    bool send(kind what, std::string_view text, std::chrono::milliseconds limit) const;
    /// Waits at most `limit`.
    received receive(std::chrono::milliseconds limit) const;
    void close();
    int descriptor() const { return descriptor_; }

  private:
    int descriptor_ = -1;
};

/// The environment variable that names the descriptor of the new process's end.
inline constexpr const char* handover_variable = "SIPHA_HANDOVER";

/// An earlier process that started this one to take over.
struct predecessor {
    handover_channel channel;
    handover_hello hello;
    /// A socket of the old process by name, once; below 0 when there is none.
    int take(const std::string& name);
};
/// Reads the hello if this process was started to take over, and clears the environment. Throws
/// std::runtime_error when the old process does not speak.
std::optional<predecessor> find_predecessor();

}  // namespace sipha::daemon
