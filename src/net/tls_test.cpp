#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/prng.h"
#include "net/test_certificates.h"
#include "net/tls_context.h"
#include "net/tls_engine.h"

namespace warren::net {
namespace {

class Tls : public testing::Test {
protected:
    static void SetUpTestSuite() { pki_ = new TestPki; }
    static void TearDownTestSuite() { delete std::exchange(pki_, nullptr); }

    static TlsSettings server_settings() {
        TlsSettings settings;
        settings.certificate_file = pki_->server_certificate;
        settings.key_file = pki_->server_key;
        settings.ca_file = pki_->ca_file;
        return settings;
    }
    static TlsSettings client_settings() {
        TlsSettings settings;
        settings.ca_file = pki_->ca_file;
        settings.verify_peer = true;
        return settings;
    }
    static std::string error_of(const TlsSettings& settings) {
        const auto context = TlsContext::for_server(settings);
        return context ? "" : context.error();
    }

    static inline TestPki* pki_ = nullptr;
};

// Two engines back to back.
struct Pair {
    Pair(const TlsSettings& server_settings, const TlsSettings& client_settings)
        : server(*TlsContext::for_server(server_settings).value()),
          client(*TlsContext::for_client(client_settings).value()) {}

    // Moves ciphertext in pieces of `piece_bytes`, calling step(engine) of the receiver after each.
    template <typename Step>
    static void move(TlsEngine& from, TlsEngine& to, std::size_t piece_bytes, Step&& step) {
        std::string bytes;
        while (!from.ciphertext().empty()) {
            std::array<iovec, 64> pieces;
            const std::size_t count = from.ciphertext().gather(pieces);
            for (std::size_t n = 0; n < count; ++n)
                bytes.append(static_cast<const char*>(pieces[n].iov_base), pieces[n].iov_len);
            from.ciphertext().consume(bytes.size());
        }
        for (std::size_t at = 0; at < bytes.size(); at += piece_bytes) {
            to.set_input(as_bytes(std::string_view(bytes).substr(at, piece_bytes)));
            step(to);
            to.set_input({});
        }
    }

    void shake_hands(std::size_t piece_bytes = 100'000) {
        const auto step = [](TlsEngine& engine) { engine.handshake(); };
        client_status = client.handshake();
        for (int round = 0; round < 4; ++round) {
            move(client, server, piece_bytes, step);
            server_status = server.handshake();
            move(server, client, piece_bytes, step);
            client_status = client.handshake();
        }
    }

    TlsEngine server;
    TlsEngine client;
    TlsEngine::Status server_status = TlsEngine::Status::needs_input;
    TlsEngine::Status client_status = TlsEngine::Status::needs_input;
};

using Status = TlsEngine::Status;

TEST_F(Tls, handshake_and_data_survive_any_cut) {
    Pair pair(server_settings(), client_settings());
    pair.shake_hands(1);
    ASSERT_EQ(pair.server_status, Status::done) << pair.server.error();
    ASSERT_EQ(pair.client_status, Status::done) << pair.client.error();
    EXPECT_EQ(pair.server.version(), "TLSv1.3");

    Prng random(3);
    std::string sent(100'000, '\0');
    std::generate(sent.begin(), sent.end(), [&] { return static_cast<char>(random.next()); });
    ASSERT_TRUE(pair.client.write(as_bytes(sent)));
    std::string received;
    Pair::move(pair.client, pair.server, 333, [&](TlsEngine& engine) {
        std::array<std::byte, 777> room;
        TlsEngine::Read read{};
        do {
            read = engine.read(room);
            received.append(as_text({room.data(), read.bytes}));
        } while (read.status == Status::done);
        ASSERT_EQ(read.status, Status::needs_input);
    });
    EXPECT_EQ(received, sent);
}

TEST_F(Tls, input_that_is_not_read_yet_is_left) {
    Pair pair(server_settings(), client_settings());
    pair.shake_hands();
    for (int n = 0; n < 10; ++n)
        ASSERT_TRUE(pair.client.write(as_bytes(std::string(1000, 'x'))));
    Pair::move(pair.client, pair.server, 100'000, [&](TlsEngine& engine) {
        std::array<std::byte, 1500> room;
        const auto read = engine.read(room);
        EXPECT_EQ(read.status, Status::done);
        EXPECT_EQ(read.bytes, 1500u);
        EXPECT_GT(engine.input_left(), 8000u);
    });
}

TEST_F(Tls, close_notify_ends_the_input) {
    Pair pair(server_settings(), client_settings());
    pair.shake_hands();
    ASSERT_TRUE(pair.client.write(as_bytes("bye")));
    pair.client.shut_down();
    Pair::move(pair.client, pair.server, 100'000, [&](TlsEngine& engine) {
        std::array<std::byte, 100> room;
        const auto read = engine.read(room);
        EXPECT_EQ(read.status, Status::closed);
        EXPECT_EQ(as_text({room.data(), read.bytes}), "bye");
    });
}

TEST_F(Tls, names_a_verified_client) {
    TlsSettings server = server_settings();
    server.verify_peer = true;
    server.fail_if_no_peer_certificate = true;
    TlsSettings client = client_settings();
    client.certificate_file = pki_->client_certificate;
    client.key_file = pki_->client_key;
    Pair pair(server, client);
    pair.shake_hands();
    ASSERT_EQ(pair.server_status, Status::done) << pair.server.error();
    const auto certificate = pair.server.peer_certificate();
    ASSERT_TRUE(certificate.has_value());
    EXPECT_EQ(certificate->subject, "CN=client,O=Acme");
}

TEST_F(Tls, a_client_without_certificate_has_no_name) {
    TlsSettings server = server_settings();
    server.verify_peer = true;
    Pair pair(server, client_settings());
    pair.shake_hands();
    ASSERT_EQ(pair.server_status, Status::done);
    EXPECT_FALSE(pair.server.peer_certificate().has_value());
}

TEST_F(Tls, refuses_a_client_without_certificate_when_told_to) {
    TlsSettings server = server_settings();
    server.verify_peer = true;
    server.fail_if_no_peer_certificate = true;
    Pair pair(server, client_settings());
    pair.shake_hands();
    EXPECT_EQ(pair.server_status, Status::failed);
    EXPECT_NE(pair.server.error().find("peer did not return a certificate"), std::string::npos)
        << pair.server.error();
}

TEST_F(Tls, refuses_a_client_certificate_of_another_ca) {
    const auto stranger =
        make_certificate({.subject = {{"CN", "client"}}, .alternative_names = ""});
    TlsSettings server = server_settings();
    server.verify_peer = true;
    TlsSettings client = client_settings();
    client.certificate_file = pki_->folder.write_certificate("stranger.pem", stranger);
    client.key_file = pki_->folder.write_key("stranger.key", stranger);
    Pair pair(server, client);
    pair.shake_hands();
    EXPECT_EQ(pair.server_status, Status::failed);
    EXPECT_NE(pair.server.error().find("certificate verify failed"), std::string::npos);
    EXPECT_NE(pair.server.error().find("self-signed"), std::string::npos) << pair.server.error();
}

TEST_F(Tls, speaks_only_the_versions_it_is_told) {
    TlsSettings server = server_settings();
    server.versions = {TlsVersion::tls1_2};
    Pair older(server, client_settings());
    older.shake_hands();
    EXPECT_EQ(older.server.version(), "TLSv1.2");

    TlsSettings client = client_settings();
    client.versions = {TlsVersion::tls1_3};
    Pair none(server, client);
    none.shake_hands();
    EXPECT_EQ(none.server_status, Status::failed);
    EXPECT_NE(none.server.error().find("unsupported protocol"), std::string::npos)
        << none.server.error();
}

TEST_F(Tls, offers_no_version_without_a_listed_cipher) {
    TlsSettings server = server_settings();
    server.ciphers = {"ECDHE-ECDSA-AES256-GCM-SHA384"};
    Pair pair(server, client_settings());
    pair.shake_hands();
    ASSERT_EQ(pair.server_status, Status::done) << pair.server.error();
    EXPECT_EQ(pair.server.version(), "TLSv1.2");
    EXPECT_EQ(pair.server.cipher(), "ECDHE-ECDSA-AES256-GCM-SHA384");
    server.versions = {TlsVersion::tls1_3};
    EXPECT_NE(error_of(server).find("none of the TLS ciphers"), std::string::npos);
}

TEST_F(Tls, what_is_not_tls_fails_with_a_reason) {
    Pair pair(server_settings(), client_settings());
    pair.server.set_input(as_bytes("GET / HTTP/1.1\r\n\r\n"));
    EXPECT_EQ(pair.server.handshake(), Status::failed);
    EXPECT_FALSE(pair.server.error().empty());
}

TEST_F(Tls, errors_name_the_file_and_the_reason) {
    TlsSettings settings = server_settings();
    settings.certificate_file = pki_->folder.path("missing.pem");
    EXPECT_NE(error_of(settings).find("missing.pem"), std::string::npos);
    EXPECT_NE(error_of(settings).find("No such file"), std::string::npos) << error_of(settings);

    settings = server_settings();
    settings.key_file = pki_->folder.write("bad.key", "not a key");
    EXPECT_NE(error_of(settings).find("bad.key"), std::string::npos) << error_of(settings);

    settings = server_settings();
    settings.key_file = pki_->client_key;
    EXPECT_NE(error_of(settings).find("client.key"), std::string::npos) << error_of(settings);

    settings = server_settings();
    settings.ca_file = pki_->folder.write("bad-ca.pem", "nothing");
    EXPECT_NE(error_of(settings).find("bad-ca.pem"), std::string::npos) << error_of(settings);

    settings = server_settings();
    settings.verify_peer = true;
    settings.ca_file.clear();
    EXPECT_NE(error_of(settings).find("without a CA"), std::string::npos) << error_of(settings);

    settings = server_settings();
    settings.ciphers = {"NO-SUCH-CIPHER"};
    EXPECT_NE(error_of(settings).find("NO-SUCH-CIPHER"), std::string::npos) << error_of(settings);
}

TEST_F(Tls, reads_an_encrypted_key_with_its_password_only) {
    const auto server = make_certificate({.subject = {{"CN", "locked"}}, .alternative_names = ""});
    TlsSettings settings;
    settings.certificate_file = pki_->folder.write_certificate("locked.pem", server);
    settings.key_file = pki_->folder.write_key("locked.key", server, "secret");
    settings.key_password = "secret";
    EXPECT_EQ(error_of(settings), "");
    settings.key_password = "wrong";
    EXPECT_NE(error_of(settings).find("locked.key"), std::string::npos);
    settings.key_password.clear();
    EXPECT_NE(error_of(settings).find("locked.key"), std::string::npos);
}

}  // namespace
}  // namespace warren::net
