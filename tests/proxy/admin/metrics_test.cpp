#include "proxy/admin/metrics.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/support/bindings.hpp"
#include "tests/support/documented_keys.hpp"
#include "tests/support/sip_text.hpp"

namespace sipha::admin {
namespace {

proxy::node_options one_node() {
    proxy::node_options options;
    options.name = "ams1";
    options.domains = {"example.org"};
    options.listeners = {test::at("udp:10.0.0.1:5060")};
    options.cluster.self = {1};
    options.random_seed = "a seed";
    return options;
}

class counting_process : public control {
  public:
    void visit_counters(const counter_visitor& visit) const override { visit("udp_sent", 3); }
    process_status status() const override {
        process_status out;
        out.version = "1.2";
        out.uptime = std::chrono::seconds(90);
        return out;
    }
};

TEST(Metrics, AreTextThatPrometheusReads) {
    proxy::node node(one_node());
    proxy::effects out;
    node.step({test::epoch, 1}, proxy::sip_received{test::hop_to("udp:192.0.2.9:5060"), "?"}, out);
    const auto text = metrics_text(node, counting_process());
    for (const auto* line :
         {"# TYPE sipha_proxy_sip_requests_total counter\nsipha_proxy_sip_requests_total 0\n",
          "sipha_proxy_dropped_total{reason=\"unparsable\"} 1\n",
          "sipha_proxy_shell_total{counter=\"udp_sent\"} 3\n",
          "# TYPE sipha_proxy_bindings gauge\nsipha_proxy_bindings 0\n",
          "sipha_proxy_uptime_seconds 90\n",
          "sipha_proxy_info{version=\"1.2\"} 1\n"}) {
        EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
    }
}

TEST(Metrics, DocumentationNamesThemAll) {
    const proxy::node node(one_node());
    const auto names = metric_names(node, counting_process());
    const std::set<std::string> known(names.begin(), names.end());
    const auto documented =
        test::documented_keys(SIPHA_SOURCE_DIR "/docs/metrics.md", "sipha-proxy");
    EXPECT_EQ(test::missing_keys(known, documented), "") << "add these to docs/metrics.md";
    EXPECT_EQ(test::missing_keys(documented, known), "") << "the code has none of these";
}

}  // namespace
}  // namespace sipha::admin
