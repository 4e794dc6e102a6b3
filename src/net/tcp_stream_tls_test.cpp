// A stream over TLS.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/prng.h"
#include "net/tcp_stream.h"
#include "net/test_certificates.h"
#include "net/test_sessions.h"
#include "net/test_tls_client.h"

namespace warren::net {
namespace {

class TcpStreamTls : public testing::Test {
protected:
    TcpStreamTls() {
        TlsSettings settings;
        settings.certificate_file = pki_.server_certificate;
        settings.key_file = pki_.server_key;
        settings.ca_file = pki_.ca_file;
        settings.verify_peer = true;
        auto profile = std::make_shared<StreamProfile>();
        profile->tls = TlsContext::for_server(settings).value();
        profile->tls_handshake_ms_max = 500;
        profile_ = profile;
        client_settings_.ca_file = pki_.ca_file;
        client_settings_.verify_peer = true;
    }

    TestPki pki_;
    std::shared_ptr<const StreamProfile> profile_;
    TlsSettings client_settings_;
};

TEST_F(TcpStreamTls, passes_frames_of_all_sizes) {
    TestShard shard;
    TestTlsClient client(shard.connect(profile_), client_settings_);
    ASSERT_TRUE(client.shake_hands());
    Prng random(4);
    const std::string frames = random_frames(random, 300, 30'000);
    EXPECT_EQ(client.exchange(frames), frames);
    shard.run([&] {
        ASSERT_TRUE(shard.script.peer.tls.has_value());
        EXPECT_EQ(shard.script.peer.tls->version, "TLSv1.3");
        EXPECT_FALSE(shard.script.peer.tls->certificate.has_value());
    });
}

TEST_F(TcpStreamTls, goes_on_where_a_session_paused) {
    EchoSession::Script script;
    script.pause_after_each_frame = true;
    TestShard shard(script);
    TestTlsClient client(shard.connect(profile_), client_settings_);
    ASSERT_TRUE(client.shake_hands());
    Prng random(5);
    const std::string frames = random_frames(random, 500, 3000);
    EXPECT_EQ(client.exchange(frames), frames);
}

TEST_F(TcpStreamTls, hands_the_client_s_certificate_to_the_session) {
    TestShard shard;
    client_settings_.certificate_file = pki_.client_certificate;
    client_settings_.key_file = pki_.client_key;
    TestTlsClient client(shard.connect(profile_), client_settings_);
    ASSERT_TRUE(client.shake_hands());
    EXPECT_EQ(client.exchange(frame_of("hello")), frame_of("hello"));
    shard.run([&] {
        const auto& tls = shard.script.peer.tls;
        ASSERT_TRUE(tls && tls->certificate);
        EXPECT_EQ(tls->certificate->subject, "CN=client,O=Acme");
    });
}

TEST_F(TcpStreamTls, closes_after_close_notify) {
    EchoSession::Script script;
    script.frames_max = 1;
    TestShard shard(script);
    TestTlsClient client(shard.connect(profile_), client_settings_);
    ASSERT_TRUE(client.shake_hands());
    EXPECT_EQ(client.exchange(frame_of("bye")), frame_of("bye"));
    EXPECT_TRUE(client.receive_close_notify());
}

TEST_F(TcpStreamTls, a_refused_client_is_told_why_by_an_alert) {
    TestShard shard;
    TlsSettings settings;
    settings.certificate_file = pki_.server_certificate;
    settings.key_file = pki_.server_key;
    settings.versions = {TlsVersion::tls1_3};
    auto profile = std::make_shared<StreamProfile>();
    profile->tls = TlsContext::for_server(settings).value();
    client_settings_.versions = {TlsVersion::tls1_2};
    {
        TestTlsClient client(shard.connect(profile), client_settings_);
        EXPECT_FALSE(client.shake_hands());
        EXPECT_NE(client.error().find("alert protocol version"), std::string::npos)
            << client.error();
    }
    EXPECT_TRUE(shard.eventually([&] { return shard.registry().size() == 0; }));
}

TEST_F(TcpStreamTls, a_client_that_speaks_no_tls_is_closed) {
    TestShard shard;
    Socket client = shard.connect(profile_);
    send_all(client, std::string("AMQP\0\0\x09\x01", 8));
    EXPECT_EQ(receive_all(client), "");
    client.close();
    EXPECT_TRUE(shard.eventually([&] { return shard.registry().size() == 0; }));
}

// Neither memory nor a place for who opens many connections and says nothing; those that have been
// let in are no strangers.
TEST_F(TcpStreamTls, strangers_are_few_within_the_handshake_too) {
    auto profile = std::make_shared<StreamProfile>(*profile_);
    profile->strangers_max = 3;
    TestShard shard;
    std::vector<Socket> silent;
    for (int count = 0; count < 3; ++count)
        silent.push_back(shard.connect(profile));
    ASSERT_TRUE(shard.eventually([&] { return shard.registry().size() == 3; }));
    std::vector<Socket> more;
    for (int count = 0; count < 500; ++count)
        more.push_back(shard.connect(profile));
    for (const Socket& socket : more)
        EXPECT_EQ(receive_all(socket), "");
    EXPECT_TRUE(shard.eventually([&] { return shard.registry().size() <= 3; }));
    // Their time is over, and the next one finds a place.
    for (const Socket& socket : silent)
        EXPECT_EQ(receive_all(socket), "");
    ASSERT_TRUE(shard.eventually([&] { return shard.registry().size() == 0; }));
    TestTlsClient client(shard.connect(profile), client_settings_);
    EXPECT_TRUE(client.shake_hands());
}

TEST_F(TcpStreamTls, who_is_let_in_takes_no_place_of_a_stranger) {
    auto profile = std::make_shared<StreamProfile>(*profile_);
    profile->strangers_max = 1;
    TestShard shard;
    shard.script.let_in = true;
    std::vector<std::unique_ptr<TestTlsClient>> clients;
    for (int count = 0; count < 4; ++count) {
        const EchoSession* before = shard.run([&] { return shard.script.last; });
        clients.push_back(
            std::make_unique<TestTlsClient>(shard.connect(profile), client_settings_));
        EXPECT_TRUE(clients.back()->shake_hands()) << count;
        // The client is done before the node is.
        ASSERT_TRUE(shard.eventually([&] { return shard.script.last != before; }));
    }
    EXPECT_TRUE(shard.eventually([&] { return shard.registry().size() == 4; }));
}

TEST_F(TcpStreamTls, a_silent_client_is_closed_after_the_handshake_s_time) {
    TestShard shard;
    const Socket client = shard.connect(profile_);
    EXPECT_EQ(receive_all(client), "");
}

}  // namespace
}  // namespace warren::net
