#pragma once
// The file of a listener's certificate, or of the authorities that it trusts, as it lies on disk
// now: to show it, and to say when it ends.
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace warren::auth {

struct CertificateFile {
    std::string pem;             // as it is in the file
    std::vector<WallTime> ends;  // of each certificate in it, in order
};

// The error says why it cannot be read, or that there is no certificate in it.
Result<CertificateFile, std::string> read_certificate_file(const std::string& path);

// "2027-06-10 06:07:14", as RabbitMQ writes it.
std::string expiry_text(WallTime time);

}  // namespace warren::auth
