// Entries of trace files, as RabbitMQ 4.3's rabbitmq_tracing has written them for the same
// messages.
#include "http/traces/trace_entry.h"

#include <gtest/gtest.h>

#include "amqp091/content_header.h"
#include "base/bytes.h"
#include "broker/trace/trace.h"
#include "http/traces/trace_files.h"

namespace warren::http {

namespace {

constexpr WallTime when{1'700'000'000'674};
constexpr broker::TracePoint place{.node = "rabbit@here",
                                   .vhost = "/",
                                   .connection = "127.0.0.1:1 -> 127.0.0.1:2",
                                   .channel = 1,
                                   .user = "guest"};

broker::MessageRef message(std::string_view exchange, std::string_view key, std::string_view body) {
    const std::string header =
        amqp091::HeaderEdit().set_headers({{"a", std::int32_t{1}}, {"b", "x"}}).encode(body.size());
    return broker::Message::make(exchange, key, as_bytes(header), as_bytes(body), {});
}

std::string entry_of_publish(std::string_view body, const TraceForm& form) {
    return trace_entry(*broker::publish_trace(*message("", "tq", body), {}, {"tq", "other"}, place),
                       form, when);
}

std::string entry_of_delivery(std::string_view body, const TraceForm& form) {
    return trace_entry(*broker::delivery_trace(*message("logs", "a.b", body), "tq", true, place),
                       form, when);
}

}  // namespace

TEST(TraceEntry, of_a_publish_as_text) {
    EXPECT_EQ(entry_of_publish("hello world", {}),
              "\n"
              "================================================================================\n"
              "2023-11-14T22:13:20.674+00:00: Message published\n"
              "\n"
              "Node:         rabbit@here\n"
              "Connection:   127.0.0.1:1 -> 127.0.0.1:2\n"
              "Virtual host: /\n"
              "User:         guest\n"
              "Channel:      1\n"
              "Exchange:     \n"
              "Routing keys: [<<\"tq\">>]\n"
              "Routed queues: [<<\"tq\">>,<<\"other\">>]\n"
              "Properties:   [{<<\"headers\">>,table,[{<<\"a\">>,signedint,1},{<<\"b\">>,longstr,"
              "<<\"x\">>}]}]\n"
              "Payload: \n"
              "hello world\n");
}

TEST(TraceEntry, of_a_delivery_as_text) {
    const std::string entry = entry_of_delivery("x", {});
    EXPECT_NE(entry.find(": Message received\n"), std::string::npos);
    EXPECT_NE(entry.find("\nExchange:     logs\nRouting keys: [<<\"a.b\">>]\nQueue:        tq\n"),
              std::string::npos);
}

TEST(TraceEntry, of_a_publish_as_json) {
    EXPECT_EQ(entry_of_publish("\xff\xfe hello", {.format = TraceFormat::json}),
              R"({"node":"rabbit@here","timestamp":"2023-11-14T22:13:20.674+00:00",)"
              R"("type":"published","exchange":"","user":"guest","queue":"none",)"
              R"("connection":"127.0.0.1:1 -> 127.0.0.1:2","vhost":"/","channel":1,)"
              R"("routing_keys":["tq"],"properties":{"headers":{"a":1,"b":"x"}},)"
              R"("payload":"//4gaGVsbG8=","routed_queues":["tq","other"]})"
              "\n");
}

TEST(TraceEntry, of_a_delivery_as_json) {
    const std::string entry = entry_of_delivery("x", {.format = TraceFormat::json});
    EXPECT_NE(entry.find(R"("type":"received","exchange":"logs")"), std::string::npos);
    EXPECT_NE(entry.find(R"("queue":"tq")"), std::string::npos);
    EXPECT_NE(entry.find(R"("routed_queues":"none")"), std::string::npos);
}

TEST(TraceEntry, cuts_payloads) {
    EXPECT_TRUE(
        entry_of_publish("hello world", {.payload_bytes_max = 5}).ends_with("Payload: \nhello\n"));
    EXPECT_TRUE(entry_of_publish("hello", {.payload_bytes_max = 0}).ends_with("Payload: \n\n"));
    EXPECT_NE(entry_of_publish("hello world", {.format = TraceFormat::json, .payload_bytes_max = 5})
                  .find(R"("payload":"aGVsbG8=")"),
              std::string::npos);
}

TEST(TraceEntry, of_a_copy_that_says_nothing) {
    const auto strange = message(broker::trace_exchange, "made.up", "x");
    EXPECT_NE(trace_entry(*strange, {.format = TraceFormat::json}, when)
                  .find(R"("node":"","timestamp":"2023-11-14T22:13:20.674+00:00")"),
              std::string::npos);
    EXPECT_NE(trace_entry(*strange, {}, when).find("Routing keys: []\n"), std::string::npos);
}

TEST(TraceName, leads_to_no_other_folder) {
    for (const std::string_view name : {"t1", "t1.log", "...", "caf\xc3\xa9", "a b"})
        EXPECT_TRUE(is_trace_name(name)) << name;
    for (const std::string& name :
         {std::string(), std::string("."), std::string(".."), std::string("../x"),
          std::string("a/b"), std::string("a\\b"), std::string("a\nb"), std::string(1, '\0'),
          std::string(201, 'x')})
        EXPECT_FALSE(is_trace_name(name)) << name;
}

}  // namespace warren::http
