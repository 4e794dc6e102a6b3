#include "churn_requests.h"

namespace loadgen {
namespace {

constexpr std::uint8_t passive = 1;
constexpr std::uint8_t durable = 2;
constexpr std::uint8_t exclusive = 4;
constexpr std::uint8_t auto_delete = 8;

void append_declare(std::string& out, const std::string& queue, std::uint8_t bits,
                    const FieldTable& arguments) {
    FrameWriter writer(out);
    writer.method(1, Method::queue_declare).u16(0).short_string(queue).u8(bits);
    writer.table(arguments).end();
}

void append_delete_queue(std::string& out, const std::string& queue) {
    FrameWriter(out).method(1, Method::queue_delete).u16(0).short_string(queue).u8(0).end();
}

void append_bind(std::string& out, const std::string& queue, const std::string& exchange,
                 const std::string& key) {
    FrameWriter writer(out);
    writer.method(1, Method::queue_bind).u16(0).short_string(queue).short_string(exchange);
    writer.short_string(key).u8(0).table({}).end();
}

class ChannelRequests final : public ChurnRequests {
public:
    void append_create(std::string& out, unsigned number) const override {
        FrameWriter(out).method(channel(number), Method::channel_open).short_string("").end();
    }
    void await_created(ControlClient& client) const override {
        client.wait_for(Method::channel_open_ok);
    }
    void append_delete(std::string& out, unsigned number) const override {
        FrameWriter writer(out);
        writer.method(channel(number), Method::channel_close)
            .u16(200)
            .short_string("")
            .u32(0)
            .end();
    }
    void await_deleted(ControlClient& client) const override {
        client.wait_for(Method::channel_close_ok);
    }

private:
    static std::uint16_t channel(unsigned number) { return static_cast<std::uint16_t>(number + 1); }
};

// With --exchange each queue is bound there, too; with --auto-delete and --churn-leave it has a
// consumer, with whom it goes.
class QueueRequests final : public ChurnRequests {
public:
    QueueRequests(const Options& options, unsigned connection)
        : options_(options), prefix_("loadgen-churn-" + std::to_string(connection) + "-") {}

    void begin(ControlClient& client) override {
        client.open_channel(1);
        if (options_.exchange.empty()) return;
        std::string out;
        FrameWriter writer(out);
        writer.method(1, Method::exchange_declare).u16(0).short_string(options_.exchange);
        writer.short_string(options_.exchange_type).u8(options_.durable ? durable : 0);
        writer.table({}).end();
        client.call(out, 1, Method::exchange_declare_ok);
    }
    void end(ControlClient& client) override {
        if (options_.exchange.empty()) return;
        std::string out;
        FrameWriter writer(out);
        writer.method(1, Method::exchange_delete)
            .u16(0)
            .short_string(options_.exchange)
            .u8(0)
            .end();
        client.call(out, 1, Method::exchange_delete_ok);
    }
    void append_create(std::string& out, unsigned number) const override {
        append_declare(out, name(number), bits(), options_.queue_arguments);
        if (bound()) append_bind(out, name(number), options_.exchange, name(number));
        if (!consumed()) return;
        FrameWriter writer(out);
        writer.method(1, Method::basic_consume).u16(0).short_string(name(number));
        writer.short_string("").u8(0).table({}).end();
    }
    void await_created(ControlClient& client) const override {
        client.wait_for(1, Method::queue_declare_ok);
        if (bound()) client.wait_for(1, Method::queue_bind_ok);
        if (consumed()) client.wait_for(1, Method::basic_consume_ok);
    }
    void append_delete(std::string& out, unsigned number) const override {
        append_delete_queue(out, name(number));
    }
    void await_deleted(ControlClient& client) const override {
        client.wait_for(1, Method::queue_delete_ok);
    }
    bool has_gone(ControlClient& client, unsigned number) const override {
        std::string out;
        append_declare(out, name(number), passive, {});
        client.open_channel(1);
        try {
            client.call(out, 1, Method::queue_declare_ok);
        } catch (const BrokerError& error) {
            return std::string_view(error.what()).find("404") != std::string_view::npos;
        }
        return false;
    }

private:
    std::string name(unsigned number) const { return prefix_ + std::to_string(number); }
    bool bound() const { return !options_.exchange.empty(); }
    bool consumed() const { return options_.auto_delete && options_.churn_leave; }
    std::uint8_t bits() const {
        const std::uint8_t kept = options_.durable ? durable : 0;
        if (options_.auto_delete) return kept | auto_delete;
        return options_.churn_leave ? kept | exclusive : kept;
    }

    const Options& options_;
    const std::string prefix_;
};

// Many keys of one queue at --exchange, or else at amq.topic.
class BindingRequests final : public ChurnRequests {
public:
    BindingRequests(const Options& options, unsigned connection)
        : options_(options),
          queue_("loadgen-churn-" + std::to_string(connection)),
          exchange_(options.exchange.empty() ? "amq.topic" : options.exchange) {}

    void begin(ControlClient& client) override {
        client.open_channel(1);
        std::string out;
        append_declare(out, queue_, options_.durable ? durable : 0, options_.queue_arguments);
        client.call(out, 1, Method::queue_declare_ok);
    }
    void end(ControlClient& client) override {
        std::string out;
        append_delete_queue(out, queue_);
        client.call(out, 1, Method::queue_delete_ok);
    }
    void append_create(std::string& out, unsigned number) const override {
        append_bind(out, queue_, exchange_, key(number));
    }
    void await_created(ControlClient& client) const override {
        client.wait_for(1, Method::queue_bind_ok);
    }
    void append_delete(std::string& out, unsigned number) const override {
        FrameWriter writer(out);
        writer.method(1, Method::queue_unbind).u16(0).short_string(queue_).short_string(exchange_);
        writer.short_string(key(number)).table({}).end();
    }
    void await_deleted(ControlClient& client) const override {
        client.wait_for(1, Method::queue_unbind_ok);
    }

private:
    static std::string key(unsigned number) { return "key." + std::to_string(number); }

    const Options& options_;
    const std::string queue_;
    const std::string exchange_;
};

}  // namespace

std::unique_ptr<ChurnRequests> make_churn_requests(const Options& options, unsigned connection) {
    switch (options.churn) {
        case Churn::channel:
            return std::make_unique<ChannelRequests>();
        case Churn::queue:
            return std::make_unique<QueueRequests>(options, connection);
        case Churn::binding:
            return std::make_unique<BindingRequests>(options, connection);
        default:
            return nullptr;
    }
}

}  // namespace loadgen
