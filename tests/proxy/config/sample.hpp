#pragma once

#include <string>
#include <string_view>

namespace sipha::config {

/// A configuration that uses every key; tests change one thing.
inline constexpr std::string_view full_sample = R"(version: 1
node: {id: 1, name: ams1}
domains: [example.com, voice.example.com]
listen:
  - {transport: udp, address: 192.0.2.1, port: 5060}
  - {transport: tcp, address: "2001:db8::1", port: 5070}
registrar:
  allow_from: [192.0.2.0/24, "2001:db8::/32"]
  min_expires: 30s
  default_expires: 2m
  max_expires: 1h
  max_contacts: 5
trusted: [198.51.100.0/24]
inbound: trusted
upstream: ["sip:pbx1.example.com", "sip:192.0.2.9:5080;transport=tcp"]
keepalive: {interval: 20s, phones: all}
dns: {servers: ["192.0.2.53:53", "[2001:db8::53]:5353"]}
cluster:
  name: west
  listen: "127.0.0.1:7060"
  secret_file: cluster.secret
  register_ack: all
  ack_limit: 300ms
  peers:
    - {id: 2, name: ams2, link: "127.0.0.2:7060", sip: "udp:192.0.2.2:5060"}
    - {id: 3, name: nyc1, link: "127.0.0.3:7060", sip: "tcp:192.0.2.3:5060"}
  previous_secret_file: former.secret
admin: {socket: /run/sipha/proxy.sock, http: {listen: "127.0.0.1:9060", token_file: http.token}}
limits: {transactions: 1000, bindings: 2000, connections: 300, connections_per_source: 40}
log: {level: warn, format: json, file: /var/log/sipha/proxy.log}
auth:
  users_file: users.txt
  realm: example.com
  algorithms: [SHA-512-256, SHA-256, MD5]
  nonce_lifetime: 2m
  nonces: 1000
guard:
  enabled: true
  messages: {per_second: 500, burst: 1000}
  registers_per_user: {per_second: 5, burst: 20}
  invites_per_user: {per_second: 10, burst: 30}
  sources: 1000
  known_sources: 2000
  flood_time: 5s
  wrong_passwords: 20
  password_time: 2m
  ban_time: 30s
  longest_ban: 2h
  reflection: true
  access:
    - {then: deny, networks: [203.0.113.0/24], methods: [INVITE], listener: 2}
  overload: {queue: 40, busy: 95, transactions: 80}
operation: {stop_grace: 2s, drain_spread: 1m}
groups:
  - name: carrier
    balance: weighted
    members:
      - {uri: "sip:203.0.113.1:5060", weight: 3}
      - {uri: "sip:sbc.example.net", priority: 1}
    probe: {interval: 20s, timeout: 2s, up: 3, down: 2, bad_statuses: [500]}
    failures: 4
    penalty: 45s
    slow_start: 1m
routing:
  - from: registered
    domain: example.com
    method: INVITE
    prefixes:
      - {prefix: "+49", to: carrier, strip: 1, prepend: "00"}
      - {prefix: "+499", reject: 403}
    to: carrier
  - {from: 203.0.113.0/24, to: local}
)";

/// The smallest configuration: every key that must be there, and no other.
inline constexpr std::string_view least_sample = R"(version: 1
node: {id: 1, name: edge}
domains: [example.com]
listen: [{transport: udp, address: 192.0.2.1}]
registrar: {allow_from: [192.0.2.0/24]}
)";

/// The text with the first `from` replaced by `to`; the text itself when `from` is not in it, so
/// that a test with a stale fragment shows no finding and fails.
inline std::string changed(std::string_view text, std::string_view from, std::string_view to) {
    std::string out(text);
    const auto at = out.find(from);
    return at == std::string::npos ? out : out.replace(at, from.size(), to);
}

/// What full_sample leaves out, so that the lines of its keys stay where they are.
inline constexpr std::string_view secured_listener = R"(  - transport: wss
    address: 192.0.2.1
    tls:
      certificate: chain.pem
      key: key.pem
      ca: clients.pem
      verify_client: optional
      sni: [{name: voice.example.com, certificate: voice.pem, key: voice.key}]
    origins: ["https://phone.example.com"]
)";
inline constexpr std::string_view tls_section =
    R"(tls: {ca: cas.pem, certificate: us.pem, key: us.key}
)";

/// full_sample with these too: really every key.
inline std::string secured_sample() {
    std::string out(full_sample);
    out.insert(out.find("registrar:\n"), secured_listener);
    return out.append(tls_section);
}

}  // namespace sipha::config
