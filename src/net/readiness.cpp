#include "net/readiness.h"

#include <utility>

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "base/ensure.h"
#include "runtime/asio_access.h"

namespace warren::net {

// The plain executor: a type-erased one would cost a virtual call or two per event.
using Descriptor =
    boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

// References: the ReadinessWatch, and each wait that the event loop has not answered yet. A
// cancelled wait is answered too, when the watch may be long gone.
struct ReadinessWatch::Watched {
    class Reference {
    public:
        explicit Reference(Watched* watched) : watched_(watched) { ++watched->references; }
        Reference(Reference&& other) noexcept : watched_(std::exchange(other.watched_, nullptr)) {}
        Reference(const Reference&) = delete;
        Reference& operator=(const Reference&) = delete;
        ~Reference() {
            if (watched_ != nullptr) drop(watched_);
        }
        Watched* operator->() const { return watched_; }

    private:
        Watched* watched_;
    };

    Watched(boost::asio::io_context& io, Socket socket, ReadinessHandler& its_handler)
        : descriptor(io), handler(&its_handler) {
        boost::system::error_code error;
        descriptor.assign(socket.descriptor(), error);
        // Only a descriptor that epoll cannot watch, or no memory in the kernel, can fail here.
        if (!error) socket.release();
    }

    static void drop(Watched* watched) {
        if (--watched->references == 0) delete watched;
    }

    Descriptor descriptor;
    ReadinessHandler* handler;  // null once the watch is gone
    bool awaits_readable = false;
    bool awaits_writable = false;
    int references = 1;
};

ReadinessWatch::ReadinessWatch(runtime::Shard& shard, Socket socket, ReadinessHandler& handler)
    : watched_(new Watched(runtime::io_context_of(shard), std::move(socket), handler)) {}

ReadinessWatch::~ReadinessWatch() {
    watched_->handler = nullptr;
    boost::system::error_code ignored;
    watched_->descriptor.close(ignored);
    Watched::drop(watched_);
}

int ReadinessWatch::descriptor() const {
    return watched_->descriptor.native_handle();
}

bool ReadinessWatch::awaits_readable() const {
    return watched_->awaits_readable;
}

bool ReadinessWatch::awaits_writable() const {
    return watched_->awaits_writable;
}

void ReadinessWatch::await_readable() {
    if (std::exchange(watched_->awaits_readable, true)) return;
    watched_->descriptor.async_wait(Descriptor::wait_read, [watched = Watched::Reference(watched_)](
                                                               const boost::system::error_code&) {
        watched->awaits_readable = false;
        // An error shows when the handler reads.
        if (watched->handler != nullptr) watched->handler->on_readable();
    });
}

void ReadinessWatch::await_writable() {
    if (std::exchange(watched_->awaits_writable, true)) return;
    watched_->descriptor.async_wait(
        Descriptor::wait_write,
        [watched = Watched::Reference(watched_)](const boost::system::error_code&) {
            watched->awaits_writable = false;
            if (watched->handler != nullptr) watched->handler->on_writable();
        });
}

}  // namespace warren::net
