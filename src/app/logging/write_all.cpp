#include "app/logging/write_all.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace warren::logging {

std::size_t write_all(int descriptor, std::string_view text) {
    std::size_t written = 0;
    while (written < text.size()) {
        const ssize_t bytes = ::write(descriptor, text.data() + written, text.size() - written);
        if (bytes > 0) {
            written += static_cast<std::size_t>(bytes);
        } else if (bytes < 0 && errno == EAGAIN) {
            pollfd ready{descriptor, POLLOUT, 0};
            constexpr int wait_ms_max = 5000;
            if (poll(&ready, 1, wait_ms_max) == 0) break;  // nobody reads the other end
        } else if (bytes < 0 && errno != EINTR) {
            break;
        }
    }
    return written;
}

}  // namespace warren::logging
