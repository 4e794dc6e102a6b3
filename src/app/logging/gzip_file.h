#pragma once
#include <string>

namespace warren::logging {

// Compresses `path` into `path`.gz and removes it; on any failure the file stays as it is.
void gzip_file(const std::string& path);

}  // namespace warren::logging
