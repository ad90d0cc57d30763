#include <gtest/gtest.h>

#include <string>

#include "proxy/config/config.hpp"
#include "tests/proxy/config/sample.hpp"

namespace sipha::config {

namespace {

/// Rule ids of what is wrong with the sample when its secured listener reads `listener`.
std::string rules_with(std::string_view listener, std::string_view more = {}) {
    std::string text(full_sample);
    text.insert(text.find("registrar:\n"), listener);
    const auto read = parse(text.append(more), "p.yaml");
    std::string out;
    for (const auto& finding : read.diag.sorted()) {
        out.append(out.empty() ? "" : " ").append(finding.rule);
    }
    return out;
}

}  // namespace

TEST(ConfigListen, TlsReachesItsOptions) {
    const auto read = parse(secured_sample(), "p.yaml");
    ASSERT_TRUE(read.options) << read.diag.format(read.diag.sorted().front());
    const auto& all = *read.options;
    ASSERT_EQ(all.layers.size(), 3U);
    EXPECT_EQ(all.node.listeners[2].to_string(), "wss:192.0.2.1:443");
    EXPECT_FALSE(all.layers[0].has_tls);
    const auto& layers = all.layers[2];
    EXPECT_TRUE(layers.has_tls);
    EXPECT_EQ(layers.identity.certificate, "chain.pem");
    EXPECT_EQ(layers.identity.key, "key.pem");
    EXPECT_EQ(layers.ca, "clients.pem");
    EXPECT_EQ(layers.verify_client, listener_layers::verification::optional);
    ASSERT_EQ(layers.sni.size(), 1U);
    EXPECT_EQ(layers.sni[0].name, "voice.example.com");
    EXPECT_EQ(layers.sni[0].files.key, "voice.key");
    EXPECT_EQ(layers.origins, std::vector<std::string>{"https://phone.example.com"});
    EXPECT_EQ(all.tls.ca, "cas.pem");
    EXPECT_EQ(all.tls.identity.certificate, "us.pem");
    EXPECT_EQ(all.tls.identity.key, "us.key");
}

TEST(ConfigListen, LayersThatDoNotFitTheTransportAreRefused) {
    const std::string files = "tls: {certificate: a.pem, key: a.key}";
    EXPECT_EQ(rules_with("  - {transport: tls, address: 192.0.2.1, " + files + "}\n"), "");
    EXPECT_EQ(rules_with("  - {transport: ws, address: 192.0.2.1, origins: [\"http://a\"]}\n"), "");
    EXPECT_EQ(rules_with("  - {transport: tls, address: 192.0.2.1}\n"), "P011");
    EXPECT_EQ(rules_with("  - {transport: wss, address: 192.0.2.1}\n"), "P011");
    EXPECT_EQ(rules_with("  - {transport: ws, address: 192.0.2.1, " + files + "}\n"), "P011");
    EXPECT_EQ(
        rules_with("  - {transport: tcp, address: 192.0.2.1, origins: [\"http://a\"]}\n"), "P011"
    );
}

TEST(ConfigListen, ClientsAreVerifiedAgainstCasOnly) {
    EXPECT_EQ(
        rules_with("  - {transport: tls, address: 192.0.2.1, "
                   "tls: {certificate: a, key: b, verify_client: required}}\n"),
        "P011"
    );
}

TEST(ConfigListen, ACertificateOfTheClientSideNeedsItsKey) {
    EXPECT_EQ(rules_with("", "tls: {certificate: a.pem}\n"), "P011");
    EXPECT_EQ(rules_with("", "tls: {key: a.key}\n"), "P011");
    EXPECT_EQ(rules_with("", "tls: {certificate: a.pem, key: a.key}\n"), "");
}

}  // namespace sipha::config
