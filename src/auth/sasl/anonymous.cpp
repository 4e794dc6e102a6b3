#include "auth/sasl/anonymous.h"

namespace warren::auth {

SaslStep AnonymousMechanism::respond(ByteView) {
    return credentials_;
}

}  // namespace warren::auth
