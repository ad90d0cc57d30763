#include "resolver/src/cares_transport.hpp"

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <mutex>
#include <utility>

namespace sipha::resolver::detail {
namespace {

/// Events taken from the kernel at once; more stay queued there.
constexpr std::size_t epoll_batch = 64;
/// Batches in one `process`, so that a flood cannot hold the caller's loop.
constexpr int epoll_rounds = 16;

[[noreturn]] void fail_start(const char* what, int status) {
    throw std::system_error(
        make_error_code(std::errc::resource_unavailable_try_again),
        std::string(what) + ": " + ares_strerror(status)
    );
}

void start_library() {
    static std::once_flag once;
    std::call_once(once, [] { ares_library_init(ARES_LIB_INIT_ALL); });
}

// RFC 1035 4.1.1 and RFC 6891 7: what a server without EDNS answers.
constexpr std::uint8_t rcode_no_error = 0;
constexpr std::uint8_t rcode_format_error = 1;
constexpr std::uint8_t rcode_name_error = 3;
constexpr std::uint8_t rcode_not_implemented = 4;

}  // namespace

std::vector<dns_server> system_servers() {
    start_library();
    ares_channel handle = nullptr;
    if (ares_init(&handle) != ARES_SUCCESS) {
        return {};
    }
    std::vector<dns_server> servers;
    ares_addr_port_node* list = nullptr;
    if (ares_get_servers_ports(handle, &list) == ARES_SUCCESS) {
        for (const auto* node = list; node; node = node->next) {
            dns_server server;
            const auto* data = reinterpret_cast<const std::uint8_t*>(&node->addr);
            server.ip = node->family == AF_INET
                            ? address::v4(std::span<const std::uint8_t, 4>(data, 4))
                            : address::v6(std::span<const std::uint8_t, 16>(data, 16));
            if (node->udp_port > 0) {
                server.port = static_cast<std::uint16_t>(node->udp_port);
            }
            servers.push_back(server);
        }
        ares_free_data(list);
    }
    ares_destroy(handle);
    return servers;
}

cares_transport::cares_transport(const engine_options& options)
    : timing_{options.attempt_timeout, options.hedge_delay, options.query_budget},
      random_(std::random_device{}()),
      health_(0) {
    start_library();
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ < 0) {
        throw std::system_error(errno, std::generic_category(), "epoll_create1");
    }
    const auto servers = options.servers.empty() ? system_servers() : options.servers;
    health_ = server_health(servers.size());
    try {
        for (const auto& server : servers) {
            auto& item = *channels_.emplace_back(std::make_unique<channel>());
            item.owner = this;
            item.index = channels_.size() - 1;
            open_channel(item, server, options);
        }
    } catch (...) {
        for (const auto& item : channels_) {
            if (item->handle) {
                ares_destroy(item->handle);
            }
        }
        close(epoll_);
        throw;
    }
}

cares_transport::~cares_transport() {
    for (const auto& item : channels_) {
        ares_destroy(item->handle);
    }
    close(epoll_);
}

void cares_transport::open_channel(
    channel& item, const dns_server& server, const engine_options& options
) {
    ares_options init{};
    // NOCHECKRESP: failures come back with their message; server choice is ours. STAYOPEN: no new
    // socket for each question.
    init.flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_EDNS | ARES_FLAG_STAYOPEN | ARES_FLAG_NOSEARCH |
                 ARES_FLAG_NOALIASES;
    init.timeout = static_cast<int>(std::max<std::int64_t>(1, timing_.attempt_timeout.count()));
    init.tries = 1;
    init.ednspsz = edns_udp_bytes;
    init.sock_state_cb = &cares_transport::on_socket;
    init.sock_state_cb_data = &item;
    const int status = ares_init_options(
        &item.handle,
        &init,
        ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ |
            ARES_OPT_SOCK_STATE_CB
    );
    if (status != ARES_SUCCESS) {
        item.handle = nullptr;
        fail_start("ares_init_options", status);
    }
    const auto place = hostport(server.ip, server.port);
    if (const int set = ares_set_servers_ports_csv(item.handle, place.c_str());
        set != ARES_SUCCESS) {
        fail_start("ares_set_servers_ports_csv", set);
    }
    if (!options.source) {
        return;
    }
    const auto bytes = options.source->bytes();
    if (options.source->family() == address_family::v4) {
        std::uint32_t network = 0;
        std::memcpy(&network, bytes.data(), sizeof network);
        ares_set_local_ip4(item.handle, ntohl(network));
    } else {
        ares_set_local_ip6(item.handle, bytes.data());
    }
}

void cares_transport::on_socket(void* data, ares_socket_t socket, int readable, int writable) {
    const auto* item = static_cast<channel*>(data);
    const int epoll = item->owner->epoll_;
    if (!readable && !writable) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nullptr);
        return;
    }
    epoll_event wanted{};
    wanted.events = (readable ? EPOLLIN : 0U) | (writable ? EPOLLOUT : 0U);
    wanted.data.u64 = std::uint64_t{item->index} << 32 | static_cast<std::uint32_t>(socket);
    if (epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &wanted) != 0) {
        epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &wanted);
    }
}

void cares_transport::on_reply(void* arg, int status, int, unsigned char* bytes, int length) {
    const std::unique_ptr<attempt> ended(static_cast<attempt*>(arg));
    if (status == ARES_EDESTRUCTION) {
        return;
    }
    event item{ended->id, ended->server, ended->edns, status, {}};
    if (bytes && length > 0) {
        item.message.assign(bytes, bytes + length);
    }
    ended->owner->events_.push_back(std::move(item));
}

void cares_transport::send(time_point now, query_id id, const question& asked) {
    const auto place =
        queries_.try_emplace(id, query{asked, server_race(now, health_.order(now), timing_)}).first;
    // Only this question moves: a burst of them must not cost the square of its size.
    step(now, *place);
    if (events_.empty()) {
        note_deadline(now, place->second.race.next_deadline());
    } else {
        run(now);  // c-ares failed at once
    }
}

void cares_transport::step(time_point now, std::pair<const query_id, query>& item) {
    for (const auto server : item.second.race.advance(now)) {
        ask(now, item.first, item.second.asked, server);
    }
}

void cares_transport::ask(time_point now, query_id id, const question& asked, std::size_t server) {
    auto& item = *channels_[server];
    const auto edns = item.plain_until > now ? edns_use::off : edns_use::on;
    const auto message = encode_query(static_cast<std::uint16_t>(random_()), asked, edns);
    if (message.empty()) {
        events_.push_back({id, server, edns, ARES_EBADNAME, {}});
        return;
    }
    auto ticket = std::make_unique<attempt>(attempt{this, id, server, edns});
    ares_send(
        item.handle,
        message.data(),
        static_cast<int>(message.size()),
        &cares_transport::on_reply,
        ticket.release()
    );
}

void cares_transport::process(time_point now) {
    std::array<epoll_event, epoll_batch> ready;
    for (int round = 0; round < epoll_rounds; ++round) {
        const int count = epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), 0);
        for (int index = 0; index < count; ++index) {
            const auto& item = ready[static_cast<std::size_t>(index)];
            const auto socket = static_cast<ares_socket_t>(item.data.u64 & 0xffffffffU);
            const bool is_readable = (item.events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0;
            const bool is_writable = (item.events & EPOLLOUT) != 0;
            // A descriptor closed meanwhile is unknown to the channel, which then does nothing.
            ares_process_fd(
                channels_[item.data.u64 >> 32]->handle,
                is_readable ? socket : ARES_SOCKET_BAD,
                is_writable ? socket : ARES_SOCKET_BAD
            );
        }
        if (count < static_cast<int>(ready.size())) {
            break;
        }
    }
    for (const auto& item : channels_) {
        ares_process_fd(item->handle, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    }
    run(now);
}

void cares_transport::run(time_point now) {
    do {
        for (const auto& item : std::exchange(events_, {})) {
            handle(now, item);
        }
        std::vector<query_id> lost;
        for (auto& item : queries_) {
            step(now, item);
            if (events_.empty() && item.second.race.is_lost(now)) {
                lost.push_back(item.first);
            }
        }
        for (const auto id : lost) {
            finish(now, id, {id, queries_.at(id).race.error(), {}});
        }
    } while (!events_.empty());
    update_deadline(now);
}

void cares_transport::handle(time_point now, const event& item) {
    const bool has_message = item.status == ARES_SUCCESS && !item.message.empty();
    if (has_message) {
        health_.report_answer(item.server);
    }
    const auto found = queries_.find(item.id);
    if (found == queries_.end()) {
        return;  // another server was faster
    }
    if (!has_message) {
        if (item.status != ARES_ETIMEOUT) {
            found->second.race.report_failure(item.server, attempt_failure::unreachable);
        }
        return;  // the race has its own clock for silence
    }
    const auto rcode = rcode_of(item.message);
    if (rcode == rcode_no_error || rcode == rcode_name_error) {
        finish(now, item.id, {item.id, {}, item.message});
        return;
    }
    const bool is_edns_rejected = rcode == rcode_format_error || rcode == rcode_not_implemented;
    if (is_edns_rejected && item.edns == edns_use::on) {
        // RFC 6891 7: the server may not know EDNS; the same one is asked again without it.
        channels_[item.server]->plain_until = now + plain_dns_period;
        ask(now, item.id, found->second.asked, item.server);
        return;
    }
    found->second.race.report_failure(item.server, attempt_failure::refused);
}

void cares_transport::finish(time_point now, query_id id, dns_reply reply) {
    const auto found = queries_.find(id);
    for (const auto server : found->second.race.silent(now)) {
        health_.report_silence(now, server);
    }
    queries_.erase(found);
    replies_.push_back(std::move(reply));
}

void cares_transport::update_deadline(time_point now) {
    next_deadline_ = never;
    for (const auto& [id, item] : queries_) {
        next_deadline_ = std::min(next_deadline_, item.race.next_deadline());
    }
    note_deadline(now, never);
}

void cares_transport::note_deadline(time_point now, time_point deadline) {
    next_deadline_ = std::min(next_deadline_, deadline);
    for (const auto& item : channels_) {
        timeval left{};
        if (ares_timeout(item->handle, nullptr, &left)) {
            const auto wait =
                std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec);
            next_deadline_ = std::min(next_deadline_, now + wait);
        }
    }
}

std::vector<dns_reply> cares_transport::take_replies() {
    return std::exchange(replies_, {});
}

}  // namespace sipha::resolver::detail
