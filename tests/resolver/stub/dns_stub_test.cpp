#include "resolver/stub/dns_stub.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "resolver/src/dns_message.hpp"
#include "tests/resolver/stub/support.hpp"
#include "tests/resolver/support/responder.hpp"

namespace sipha::resolver::stub {
namespace {

using namespace std::chrono_literals;
using resolver::test::manner;
using resolver::test::responder;
using resolver::test::zone;
using message = std::vector<std::uint8_t>;

constexpr std::chrono::seconds patience{10};

/// A phone's socket.
class phone {
  public:
    phone(const dns_server& at, int type) : fd_(socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
        const auto where = place_of(at);
        EXPECT_EQ(connect(fd_, where.data(), where.size), 0);
    }
    ~phone() { close(fd_); }
    phone(const phone&) = delete;
    phone& operator=(const phone&) = delete;

    void send(const message& bytes) const {
        EXPECT_EQ(
            ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(bytes.size())
        );
    }
    /// Sends the bytes over and over, as many as the kernel takes at once; goes on where the call
    /// before ended.
    void flood(const message& bytes) {
        const auto sent =
            ::send(fd_, bytes.data() + at_, bytes.size() - at_, MSG_NOSIGNAL | MSG_DONTWAIT);
        at_ = (at_ + static_cast<std::size_t>(std::max<ssize_t>(sent, 0))) % bytes.size();
    }
    /// What has come since the last call; empty when nothing has.
    message receive() {
        message bytes(max_message_bytes + 2);
        const auto length = recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT);
        is_closed = is_closed || length == 0 || (length < 0 && errno == ECONNRESET);
        bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
        return bytes;
    }
    bool is_closed = false;

  private:
    int fd_;
    std::size_t at_ = 0;
};

message framed(const message& bytes) {
    message out{
        static_cast<std::uint8_t>(bytes.size() >> 8U), static_cast<std::uint8_t>(bytes.size())};
    out.insert(out.end(), bytes.begin(), bytes.end());
    return out;
}

struct Stub : testing::Test {
    /// @param upstream servers that the test plays; they are served while the stub waits.
    void begin(std::vector<responder*> upstream, forwarding mode = forwarding::on) {
        stub_options options;
        options.forwards = mode;
        for (auto* one : upstream) {
            options.upstream.push_back(one->place());
        }
        upstream_ = std::move(upstream);
        begin_with(options);
    }
    void begin_with(const stub_options& options) {
        const auto in = open_doors({*address::parse("127.0.0.1"), 0});
        at_ = in.at;
        stub_ = std::make_unique<dns_stub>(loop_, counts_, in, options);
        ASSERT_TRUE(stub_->serve("ex"));
    }
    void locate() {
        stub_->update({"ex", {test::make_service(transport::udp, "192.0.2.1:5060 192.0.2.2:5060")}}
        );
    }
    bool until(const std::function<bool()>& claim) {
        const auto end = std::chrono::steady_clock::now() + patience;
        while (!claim()) {
            if (std::chrono::steady_clock::now() > end) {
                return false;
            }
            loop_.wait(1ms);
            for (auto* one : upstream_) {
                one->serve();
            }
            stub_->advance(loop_.now());
        }
        return true;
    }
    /// Asks over UDP and waits for the reply.
    dns_answer ask(const question& asked) {
        phone one(at_, SOCK_DGRAM);
        one.send(detail::encode_query(7, asked, detail::edns_use::on));
        message reply;
        EXPECT_TRUE(until([&] { return !(reply = one.receive()).empty(); })) << asked.name;
        last_code_ = detail::rcode_of(reply);
        return detail::decode_answer(asked, reply);
    }

    reactor loop_;
    counters counts_;
    std::vector<responder*> upstream_;
    dns_server at_;
    std::unique_ptr<dns_stub> stub_;
    unsigned last_code_ = 0;
};

TEST_F(Stub, AnswersServedNamesItselfOverBothTransports) {
    begin({});
    locate();
    const auto answer = ask({"_sip._udp.ex", record_type::srv});
    ASSERT_EQ(answer.srv.size(), 2U);
    EXPECT_EQ(answer.srv[0].target, "192-0-2-1.sipha-stub.ex");
    EXPECT_EQ(answer.glue.size(), 2U);

    phone one(at_, SOCK_STREAM);
    const question asked{"ex", record_type::a};
    const auto query = detail::encode_query(7, asked, detail::edns_use::off);
    auto both = framed(query);
    const auto second = framed(query);
    both.insert(both.end(), second.begin(), second.end());
    one.send(both);
    message received;
    ASSERT_TRUE(until([&] {
        const auto more = one.receive();
        received.insert(received.end(), more.begin(), more.end());
        return !received.empty() && received.size() == 2 * (2 + std::size_t{received[1]});
    }));
    const message reply(received.begin() + 2, received.begin() + 2 + received[1]);
    EXPECT_EQ(detail::decode_answer(asked, reply).addresses.at(0).to_string(), "192.0.2.1");
    EXPECT_EQ(counts_.queries_tcp, 2U);
    EXPECT_EQ(counts_.answered, 3U);
    EXPECT_EQ(counts_.forwarded, 0U);
}

TEST_F(Stub, ForwardsTheRestAndBringsTheReplyBack) {
    responder dns(zone("www.other A 192.0.2.80"), manner::honest);
    begin({&dns});
    EXPECT_EQ(ask({"www.other", record_type::a}).addresses.at(0).to_string(), "192.0.2.80");
    EXPECT_EQ(ask({"none.other", record_type::a}).status, answer_status::no_such_name);
    EXPECT_EQ(counts_.forwarded, 2U);
    EXPECT_EQ(counts_.forward_answered, 2U);
}

TEST_F(Stub, ForwardsOverTcpWhatCameOverTcp) {
    responder dns(zone("www.other A 192.0.2.80"), manner::truncating);
    begin({&dns});
    ask({"www.other", record_type::a});
    EXPECT_EQ(dns.over_tcp, 0U);  // the phone sees TC and decides
    const question asked{"www.other", record_type::a};
    phone one(at_, SOCK_STREAM);
    one.send(framed(detail::encode_query(7, asked, detail::edns_use::off)));
    message reply;
    ASSERT_TRUE(until([&] { return !(reply = one.receive()).empty(); }));
    reply.erase(reply.begin(), reply.begin() + 2);
    EXPECT_EQ(detail::decode_answer(asked, reply).addresses.at(0).to_string(), "192.0.2.80");
    EXPECT_EQ(dns.over_tcp, 1U);
}

TEST_F(Stub, ADeadServerIsPassedByAndNotAskedFirstAgain) {
    responder silent(zone("www.other A 192.0.2.1"), manner::silent);
    responder good(zone("www.other A 192.0.2.80"), manner::honest);
    begin({&silent, &good});
    EXPECT_EQ(ask({"www.other", record_type::a}).addresses.at(0).to_string(), "192.0.2.80");
    EXPECT_EQ(counts_.forward_retries, 1U);
    EXPECT_EQ(ask({"www.other", record_type::a}).addresses.at(0).to_string(), "192.0.2.80");
    EXPECT_EQ(counts_.forward_retries, 1U);
}

TEST_F(Stub, ARefusalIsBelievedOnlyWhenAllServersRefuse) {
    responder refusing(zone("www.other A 192.0.2.1"), manner::refusing);
    responder good(zone("www.other A 192.0.2.80"), manner::honest);
    begin({&refusing, &good});
    EXPECT_EQ(ask({"www.other", record_type::a}).addresses.at(0).to_string(), "192.0.2.80");

    responder failing(zone(""), manner::failing);
    stub_.reset();
    begin({&refusing, &failing});
    ask({"www.other", record_type::a});
    EXPECT_TRUE(last_code_ == 5 || last_code_ == 2) << last_code_;
}

TEST_F(Stub, ForgedRepliesAreCountedAndPassedBy) {
    responder dns(zone("www.other A 192.0.2.80"), manner::wrong_id);
    begin({&dns});
    EXPECT_EQ(ask({"www.other", record_type::a}).addresses.at(0).to_string(), "192.0.2.80");
    EXPECT_EQ(counts_.ignored_upstream_reply, 1U);
}

TEST_F(Stub, WithoutAnyServerTheAnswerIsServerFailure) {
    begin({});
    ask({"www.other", record_type::a});
    EXPECT_EQ(last_code_, 2U);
    EXPECT_EQ(counts_.failed_forward_timeout, 1U);
}

TEST_F(Stub, SilentServersEndInServerFailureAfterTheLastAttempt) {
    responder dns(zone(""), manner::silent);
    begin({&dns});
    phone one(at_, SOCK_DGRAM);
    one.send(detail::encode_query(7, {"www.other", record_type::a}, detail::edns_use::off));
    ASSERT_TRUE(until([&] { return dns.over_udp == 1; }));
    for (std::size_t attempt = 1; attempt < max_forward_attempts; ++attempt) {
        stub_->advance(stub_->next_deadline());
        ASSERT_TRUE(until([&] { return dns.over_udp == attempt + 1; }));
    }
    stub_->advance(stub_->next_deadline());
    message reply;
    ASSERT_TRUE(until([&] { return !(reply = one.receive()).empty(); }));
    EXPECT_EQ(detail::rcode_of(reply), 2U);
    EXPECT_EQ(stub_->next_deadline(), never);
}

TEST_F(Stub, WithoutForwardingStrangersAreRefusedAndTheDomainIsEmpty) {
    begin({}, forwarding::off);
    locate();
    ask({"www.other", record_type::a});
    EXPECT_EQ(last_code_, 5U);
    EXPECT_EQ(ask({"www.ex", record_type::a}).status, answer_status::no_data);
    EXPECT_EQ(counts_.refused_no_forward, 1U);
}

TEST_F(Stub, OpenForwardsHaveALimit) {
    responder dns(zone(""), manner::silent);
    begin({&dns});
    phone one(at_, SOCK_DGRAM);
    const auto query =
        detail::encode_query(7, {"www.other", record_type::a}, detail::edns_use::off);
    for (std::size_t count = 0; count < max_forwards; ++count) {
        one.send(query);
        ASSERT_TRUE(until([&] { return counts_.forwarded == count + 1; }));
    }
    one.send(query);
    message reply;
    ASSERT_TRUE(until([&] { return !(reply = one.receive()).empty(); }));
    EXPECT_EQ(detail::rcode_of(reply), 2U);
    EXPECT_EQ(counts_.failed_forward_full, 1U);
}

TEST_F(Stub, AQuestionBeforeTheFirstLookupWaitsForIt) {
    begin({});
    phone one(at_, SOCK_DGRAM);
    const question asked{"_sip._udp.ex", record_type::srv};
    one.send(detail::encode_query(7, asked, detail::edns_use::off));
    ASSERT_TRUE(until([&] { return counts_.held == 1; }));
    EXPECT_TRUE(one.receive().empty());
    locate();
    message reply;
    ASSERT_TRUE(until([&] { return !(reply = one.receive()).empty(); }));
    EXPECT_EQ(detail::decode_answer(asked, reply).srv.size(), 2U);
    EXPECT_EQ(stub_->next_deadline(), never);
}

TEST_F(Stub, AQuestionWaitsNoLongerThanTheLimit) {
    begin({});
    phone one(at_, SOCK_DGRAM);
    one.send(detail::encode_query(7, {"ex", record_type::naptr}, detail::edns_use::off));
    ASSERT_TRUE(until([&] { return counts_.held == 1; }));
    // What becomes known of another domain does not end the wait.
    ASSERT_TRUE(stub_->serve("other"));
    stub_->update({"other", {}});
    EXPECT_EQ(counts_.held, 1U);
    stub_->advance(stub_->next_deadline());
    message reply;
    ASSERT_TRUE(until([&] { return !(reply = one.receive()).empty(); }));
    EXPECT_EQ(detail::rcode_of(reply), 2U);
    EXPECT_EQ(counts_.failed_unlocated, 1U);
}

TEST_F(Stub, WaitingQuestionsHaveALimit) {
    begin({});
    phone one(at_, SOCK_DGRAM);
    const auto query = detail::encode_query(7, {"ex", record_type::a}, detail::edns_use::off);
    for (std::size_t count = 0; count <= max_held; ++count) {
        one.send(query);
    }
    message reply;
    ASSERT_TRUE(until([&] { return !(reply = one.receive()).empty(); }));
    EXPECT_EQ(detail::rcode_of(reply), 2U);
    EXPECT_EQ(counts_.held, max_held);
    EXPECT_EQ(counts_.failed_held_full, 1U);
}

TEST_F(Stub, HostileDatagramsAreAnsweredOrIgnoredAndCounted) {
    begin({});
    locate();
    phone one(at_, SOCK_DGRAM);
    one.send({});
    one.send({1, 2, 3});
    message response(12);
    response[2] = 0x80;
    one.send(response);
    one.send(message(max_query_bytes + 1));
    message reply;
    ASSERT_TRUE(until([&] { return !(reply = one.receive()).empty(); }));
    EXPECT_EQ(detail::rcode_of(reply), 1U);
    EXPECT_EQ(counts_.ignored_not_query, 3U);
    EXPECT_EQ(counts_.faulty, 1U);
    EXPECT_EQ(ask({"ex", record_type::a}).addresses.size(), 1U);
}

TEST_F(Stub, TcpClientsHaveALimit) {
    begin({});
    std::vector<std::unique_ptr<phone>> phones;
    for (std::size_t count = 0; count < max_tcp_clients; ++count) {
        phones.push_back(std::make_unique<phone>(at_, SOCK_STREAM));
        ASSERT_TRUE(until([&] { return counts_.tcp_accepted == count + 1; }));
    }
    phone more(at_, SOCK_STREAM);
    ASSERT_TRUE(until([&] { return more.receive(), more.is_closed; }));
    EXPECT_EQ(counts_.tcp_refused_full, 1U);
    // An idle client makes room in the end.
    stub_->advance(loop_.now() + tcp_idle_limit);
    ASSERT_TRUE(until([&] { return phones[0]->receive(), phones[0]->is_closed; }));
    EXPECT_EQ(counts_.tcp_closed_idle, max_tcp_clients);
}

TEST_F(Stub, AStreamWithImpossibleLengthsIsClosed) {
    begin({});
    for (const message& start : {message{0, 11}, message{0x10, 0x01}, message{0xff, 0xff}}) {
        phone one(at_, SOCK_STREAM);
        one.send(start);
        EXPECT_TRUE(until([&] { return one.receive(), one.is_closed; }));
    }
    EXPECT_EQ(counts_.tcp_closed_broken, 3U);
}

TEST_F(Stub, AClientThatTakesNoAnswersIsClosed) {
    begin({});
    locate();
    phone one(at_, SOCK_STREAM);
    const auto query =
        framed(detail::encode_query(7, {"_sip._udp.ex", record_type::srv}, detail::edns_use::off));
    message many;
    while (many.size() < 16'000) {
        many.insert(many.end(), query.begin(), query.end());
    }
    // The kernel takes some megabytes before the stub's own limit is reached.
    const auto is_over = [&] {
        if (counts_.tcp_closed_slow == 0 && counts_.tcp_closed_broken == 0) {
            one.flood(many);
        }
        return counts_.tcp_closed_slow == 1;
    };
    EXPECT_TRUE(until(is_over));
}

TEST_F(Stub, AReplyForAClientThatLeftIsCounted) {
    responder dns(zone("www.other A 192.0.2.80"), manner::honest);
    begin({});
    stub_.reset();
    upstream_.clear();
    stub_options options;
    options.upstream = {dns.place()};
    begin_with(options);
    {
        phone one(at_, SOCK_STREAM);
        one.send(
            framed(detail::encode_query(7, {"www.other", record_type::a}, detail::edns_use::off))
        );
        ASSERT_TRUE(until([&] { return counts_.forwarded == 1; }));
    }
    upstream_ = {&dns};
    EXPECT_TRUE(until([&] { return counts_.tcp_reply_unclaimed == 1; }));
}

TEST(StubDoors, BothProtocolsShareOnePort) {
    const auto in = open_doors({*address::parse("127.0.0.1"), 0});
    EXPECT_NE(in.at.port, 0);
    EXPECT_THROW(open_doors(in.at), std::system_error);
    close(in.udp);
    close(in.tcp);
}

}  // namespace
}  // namespace sipha::resolver::stub
