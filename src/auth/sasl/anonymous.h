#pragma once
// ANONYMOUS (RFC 4505): every client becomes the configured user (anonymous_login_user). The
// response is trace information that nobody reads.
#include "auth/sasl/mechanism.h"

namespace warren::auth {

class AnonymousMechanism final : public Mechanism {
public:
    explicit AnonymousMechanism(Credentials credentials) : credentials_(std::move(credentials)) {}
    SaslStep respond(ByteView response) override;

private:
    Credentials credentials_;
};

}  // namespace warren::auth
