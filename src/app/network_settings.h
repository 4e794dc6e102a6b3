#pragma once
// From the configuration's words to net's: listeners, socket options and TLS.
#include <memory>
#include <string>

#include "app/config/config.h"
#include "base/result.h"
#include "net/stream_profile.h"

namespace warren::app {

net::TcpOptions tcp_options(const config::TcpOptions& options);
// With `tls` the certificate files are read; the error names file and reason.
Result<std::shared_ptr<const net::StreamProfile>, std::string> stream_profile(
    const config::Config& config, bool tls);

}  // namespace warren::app
