#pragma once
// A TLS client for tests: a TlsEngine over a blocking socket.
#include <string>

#include "net/socket.h"
#include "net/tls_context.h"
#include "net/tls_engine.h"

namespace warren::net {

class TestTlsClient {
public:
    TestTlsClient(Socket socket, const TlsSettings& settings);

    bool shake_hands();
    // Sends all of it while receiving as many bytes back.
    std::string exchange(const std::string& sent);
    // Reads on until the server closes; true if it does so in TLS's way.
    bool receive_close_notify();
    const std::string& error() const { return engine_.error(); }

private:
    void write_ciphertext();
    // False at the end of the connection.
    bool read_ciphertext(bool wait);

    Socket socket_;
    TlsEngine engine_;
    std::string input_;
};

}  // namespace warren::net
