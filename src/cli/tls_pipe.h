#pragma once
// TLS on a pipe, with net's engine.
#include <memory>
#include <string>

#include "cli/pipe.h"
#include "net/tls_engine.h"
#include "net/tls_settings.h"

namespace warren::cli {

class TlsPipe final : public Pipe {
public:
    // Done once the handshake is.
    static Result<std::unique_ptr<TlsPipe>, std::string> open(std::unique_ptr<Pipe> below,
                                                              const net::TlsSettings& settings);

    Result<void, std::string> send(ByteView bytes) override;
    Result<std::size_t, std::string> receive(std::span<std::byte> into) override;
    void set_patience(Patience patience) override { below_->set_patience(patience); }
    std::string channel_binding() const { return engine_.channel_binding(); }

private:
    TlsPipe(std::unique_ptr<Pipe> below, std::shared_ptr<const net::TlsContext> context)
        : below_(std::move(below)), context_(std::move(context)), engine_(*context_) {}

    Result<void, std::string> shake_hands();
    Result<void, std::string> send_ciphertext();
    // More input for the engine; false: there is none any more.
    Result<bool, std::string> receive_ciphertext();

    std::unique_ptr<Pipe> below_;
    std::shared_ptr<const net::TlsContext> context_;
    net::TlsEngine engine_;
    std::string input_;  // what the engine has been shown
};

}  // namespace warren::cli
