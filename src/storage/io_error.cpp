#include "storage/io_error.h"

#include <cerrno>
#include <cstring>

namespace warren::storage {

bool IoError::disk_full() const {
    return code == ENOSPC || code == EDQUOT;
}

std::string IoError::text() const {
    return "cannot " + operation + " " + path + ": " + std::strerror(code) + " (errno " +
           std::to_string(code) + ")";
}

}  // namespace warren::storage
