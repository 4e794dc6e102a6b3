#pragma once
// A body that is compressed while it is sent.
#include "http/response.h"

namespace warren::http {

// What `source` makes, in the gzip format, with the least effort that is worth it.
BodySource gzipped(BodySource source);

}  // namespace warren::http
