#include "auth/sasl/external.h"

namespace warren::auth {

SaslStep ExternalMechanism::respond(ByteView) {
    if (!peer_.has_certificate)
        return LoginRefused{"connection peer presented no TLS (x.509) certificate"};
    if (peer_.certificate_name.empty()) return LoginRefused{"no name found"};
    return Credentials{peer_.certificate_name, std::nullopt};
}

}  // namespace warren::auth
