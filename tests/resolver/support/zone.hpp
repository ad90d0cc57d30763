#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sipha/resolver/dns_transport.hpp>
#include <sipha/resolver/records.hpp>

namespace sipha::resolver::test {

/// The DNS in a few lines of text. Records are separated by ';' or line ends:
///
///     ex NAPTR 10 20 s SIP+D2U - _sip._udp.ex      ("-" is an empty field)
///     _sip._udp.ex 300 SRV 10 1 5060 h1.ex         (a TTL may follow the owner; default 60)
///     h1.ex A 192.0.2.1;  h1.ex AAAA 2001:db8::1;  www.ex CNAME h1.ex
///     ex SRV FAIL;  ex A SILENT                    (SERVFAIL; no answer at all)
///     SOA 600 17                                   (TTL and MINIMUM of every negative answer)
///     GLUE                                         (SRV answers carry their targets' addresses)
///     NOCHASE                                      (CNAME answers stop at the first link)
class zone {
  public:
    /// @throws std::invalid_argument naming the line that makes no sense.
    explicit zone(std::string_view text);
    /// @returns the message, or nothing when the name is SILENT for this type.
    std::optional<std::vector<std::uint8_t>> respond(const question& asked, std::uint16_t id = 0)
        const;

  private:
    struct record {
        unsigned type = 0;
        std::uint32_t ttl_s = 60;
        std::vector<std::string> fields;
    };
    void add(const std::vector<std::string>& words);

    std::map<std::string, std::vector<record>> names_;
    std::map<question, std::string> faults_;
    std::optional<std::pair<std::uint32_t, std::uint32_t>> soa_;
    bool has_glue_ = false;
    bool is_chasing_ = true;
};

/// A transport whose servers all answer from one zone, in the next `process`; SILENT stays silent.
/// Notes what was asked.
class memory_transport final : public dns_transport {
  public:
    explicit memory_transport(zone content) : zone_(std::move(content)) {}

    void use_servers(std::span<const dns_server> servers) override;
    void send(time_point now, dns_packet packet) override;
    int fd() const override { return -1; }
    time_point next_deadline() const override;
    void process(time_point now) override;
    std::vector<dns_arrival> take_arrivals() override { return std::exchange(arrivals_, {}); }

    std::vector<question> asked;

  private:
    zone zone_;
    std::vector<dns_arrival> waiting_;
    std::vector<dns_arrival> arrivals_;
};

}  // namespace sipha::resolver::test
