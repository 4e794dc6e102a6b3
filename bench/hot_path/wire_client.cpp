#include "bench/hot_path/wire_client.h"

#include <sys/uio.h>

#include "amqp091/field_table.h"
#include "amqp091/methods.h"

namespace warren::bench {

using namespace amqp091;

WireClient::WireClient(test::TestNode& node, std::size_t shard_index)
    : node_(node), shard_(node.shard(shard_index)) {
    node_.on(shard_, [&] {
        connection_ = std::make_unique<session::Connection>(
            shard_.sessions.next_id(), *shard_.context,
            auth::Peer{.is_loopback = true,
                       .is_tls = false,
                       .has_certificate = false,
                       .certificate_name = {}},
            session::Endpoints{"127.0.0.1", 40000, "127.0.0.1", 5672}, *this);
        shard_.sessions.add(*connection_);
    });
    write(std::string_view("AMQP\0\0\x9\1", 8));
    const std::string properties = FieldTable{}.encode();
    send(ConnectionStartOk{.client_properties = TableView::of_checked(as_bytes(properties)),
                           .mechanism = "PLAIN",
                           .response = std::string_view("\0guest\0guest", 12),
                           .locale = "en_US"},
         0);
    send(ConnectionTuneOk{2047, limits::frame_bytes_default, 0}, 0);
    send(ConnectionOpen{.virtual_host = "/", .capabilities = {}, .insist = false}, 0);
    send(ChannelOpen{});
    take_output();
}

WireClient::~WireClient() {
    node_.on(shard_, [&] {
        connection_->on_peer_gone("the measurement is over");
        shard_.sessions.remove(*connection_);
        connection_.reset();
    });
    node_.settle();
}

bool WireClient::write(std::string_view bytes) {
    unread_.append(bytes);
    std::size_t taken = 0;
    for (bool progress = true; progress && taken != unread_.size();) {
        progress = false;
        if (connection_->wants_input()) {
            const auto rest = as_bytes(unread_).subspan(taken);
            const std::size_t now = node_.on(shard_, [&] { return connection_->on_bytes(rest); });
            taken += now;
            progress = now != 0;
        }
        node_.settle();
    }
    unread_.erase(0, taken);
    return unread_.empty();
}

std::size_t WireClient::take_output() {
    auto& output = connection_->output();
    std::size_t sum = 0;
    iovec pieces[16];
    while (const std::size_t count = output.gather(pieces)) {
        std::size_t bytes = 0;
        for (std::size_t n = 0; n < count; ++n)
            bytes += pieces[n].iov_len;
        output.consume(bytes);
        sum += bytes;
    }
    return sum;
}

}  // namespace warren::bench
