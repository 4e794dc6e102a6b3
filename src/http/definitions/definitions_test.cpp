#include "http/definitions/definitions.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "broker/topology/queue_arguments.h"

namespace warren::http {
namespace {

class IgnoringObserver final : public broker::TopologyObserver {};

class DefinitionsTest : public testing::Test {
protected:
    Result<Definitions, DefinitionsError> parse(std::string_view text) {
        return parse_definitions("d.json", text, {topology_, users_});
    }
    Definitions parse_well(std::string_view text) {
        auto definitions = parse(text);
        EXPECT_TRUE(definitions) << definitions.error().message();
        return std::move(definitions).value_or(Definitions{});
    }
    std::string error_of(std::string_view text) {
        const auto definitions = parse(text);
        return definitions ? "no error" : definitions.error().message();
    }
    // The error of a file whose vhost / is followed by one more section.
    std::string error_in(std::string_view section) {
        return error_of(R"({"users":[{"name":"u","tags":""}],"vhosts":[{"name":"/"}],)" +
                        std::string(section) + "}");
    }
    void apply(const Definitions& definitions) {
        for (const auto& definition : definitions.commands) {
            if (const auto* command = std::get_if<auth::UserCommand>(&definition.command)) {
                EXPECT_TRUE(users_.apply(*command)) << definition.label;
            } else {
                const auto answer = topology_.apply(
                    std::get<broker::TopologyCommand>(definition.command), observer_);
                EXPECT_TRUE(answer) << definition.label << ": " << answer.error().text;
            }
        }
    }

    broker::Topology topology_;
    auth::UserTable users_;
    IgnoringObserver observer_;
};

// As RabbitMQ 4.3 exports it.
constexpr std::string_view whole_file = R"({
  "rabbit_version": "4.3.6",
  "rabbitmq_version": "4.3.6",
  "product_name": "RabbitMQ",
  "rabbitmq_definition_format": "cluster",
  "users": [
    {"name": "app", "password_hash": "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR",
     "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": ["management"],
     "limits": {"max-connections": 10, "max-channels": -1}}
  ],
  "vhosts": [
    {"name": "shop", "description": "", "tags": [], "default_queue_type": "classic",
     "metadata": {"description": "the shop", "tags": ["prod"], "default_queue_type": "classic"}}
  ],
  "permissions": [
    {"user": "app", "vhost": "shop", "configure": "", "write": "^orders", "read": ".*"}
  ],
  "topic_permissions": [
    {"user": "app", "vhost": "shop", "exchange": "events", "write": "^{username}\\.", "read": ".*"}
  ],
  "parameters": [
    {"component": "vhost-limits", "name": "limits", "vhost": "shop",
     "value": {"max-queues": 100}},
    {"component": "operator_policy", "name": "o", "vhost": "shop",
     "value": {"pattern": "", "definition": {"expires": 9}, "priority": 0, "apply-to": "queues"}}
  ],
  "global_parameters": [{"name": "cluster_name", "value": "one"}],
  "policies": [{"vhost": "shop", "name": "p", "pattern": "^o", "apply-to": "queues",
                "definition": {"max-length": 5}, "priority": 2}],
  "queues": [
    {"name": "orders", "vhost": "shop", "type": "classic", "durable": true, "auto_delete": false,
     "arguments": {"x-message-ttl": 60000, "x-queue-type": "classic"}}
  ],
  "exchanges": [
    {"name": "events", "vhost": "shop", "type": "topic", "durable": true, "auto_delete": false,
     "internal": false, "arguments": {}},
    {"name": "all", "vhost": "shop", "type": "fanout", "durable": true, "auto_delete": false,
     "arguments": {"alternate-exchange": "events"}}
  ],
  "bindings": [
    {"source": "events", "vhost": "shop", "destination": "orders", "destination_type": "queue",
     "routing_key": "order.#", "arguments": {}},
    {"source": "amq.topic", "vhost": "shop", "destination": "all", "destination_type": "exchange",
     "routing_key": "#", "arguments": {}}
  ]
})";

TEST_F(DefinitionsTest, whole_file_becomes_users_and_topology) {
    apply(parse_well(whole_file));

    const auth::User* user = users_.find("app");
    ASSERT_NE(user, nullptr);
    EXPECT_TRUE(auth::password_matches(user->password, "test12"));
    EXPECT_EQ(user->tags, std::vector<std::string>{"management"});
    EXPECT_EQ(user->limits.connections_max, 10u);
    EXPECT_EQ(user->limits.channels_max, std::nullopt);
    EXPECT_TRUE(users_.access("app", "shop")->permissions->write.matches("orders.new"));
    EXPECT_TRUE(users_.access("app", "shop")->topics.at("events").write.matches("app.x"));

    const broker::Vhost* vhost = topology_.find_vhost("shop");
    ASSERT_NE(vhost, nullptr);
    EXPECT_EQ(vhost->description, "the shop");
    EXPECT_EQ(vhost->tags, std::vector<std::string>{"prod"});
    EXPECT_EQ(vhost->default_queue_type, "classic");
    EXPECT_EQ(vhost->limits.queues_max, 100);
    ASSERT_NE(vhost->find_queue("orders"), nullptr);
    EXPECT_EQ(vhost->find_queue("orders")->arguments->find("x-message-ttl")->as_integer(), 60'000);
    ASSERT_NE(vhost->find_exchange("all"), nullptr);
    EXPECT_EQ(vhost->find_exchange("all")->alternate_exchange, "events");
    EXPECT_EQ(vhost->bindings.size(), 2u);
}

TEST_F(DefinitionsTest, policies_and_parameters_of_a_file_count) {
    apply(parse_well(whole_file));
    const broker::Vhost& vhost = *topology_.find_vhost("shop");
    const auto* policy = vhost.policies.effective(*vhost.find_queue("orders"));
    ASSERT_NE(policy, nullptr);
    EXPECT_EQ(policy->user->name, "p");
    EXPECT_EQ(policy->user->priority, 2);
    EXPECT_EQ(policy->of_operator->name, "o");
    EXPECT_EQ(topology_.global_parameters().at("cluster_name"), amqp091::FieldValue("one"));
}

TEST_F(DefinitionsTest, commands_come_in_rabbitmqs_order_and_are_named_for_the_log) {
    std::vector<std::string> labels;
    for (auto& definition : parse_well(whole_file).commands)
        labels.push_back(definition.label);
    EXPECT_EQ(labels, (std::vector<std::string>{
                          "user 'app'", "limits of user 'app'", "vhost 'shop'",
                          "permissions of user 'app' in vhost 'shop'",
                          "exchange 'events' in vhost 'shop'", "exchange 'all' in vhost 'shop'",
                          "topic permissions of user 'app' for exchange 'events' in vhost 'shop'",
                          "global parameter 'cluster_name'", "policy 'p' in vhost 'shop'",
                          "limits of vhost 'shop'", "operator policy 'o' in vhost 'shop'",
                          "queue 'orders' in vhost 'shop'",
                          "binding from 'events' to 'orders' in vhost 'shop'",
                          "binding from 'amq.topic' to 'all' in vhost 'shop'"}));
}

TEST_F(DefinitionsTest, second_import_of_a_file_changes_no_queue_and_no_exchange) {
    apply(parse_well(whole_file));
    const auto again = parse_well(whole_file);
    for (const auto& definition : again.commands) {
        const auto* command = std::get_if<broker::TopologyCommand>(&definition.command);
        if (command == nullptr) continue;
        EXPECT_FALSE(std::holds_alternative<broker::DeclareQueue>(command->body));
        EXPECT_FALSE(std::holds_alternative<broker::DeclareExchange>(command->body));
        EXPECT_FALSE(std::holds_alternative<broker::CreateVhost>(command->body));
    }
    apply(again);
    EXPECT_EQ(topology_.find_vhost("shop")->bindings.size(), 2u);
}

TEST_F(DefinitionsTest, existing_queue_stays_as_it_is) {
    apply(parse_well(whole_file));
    apply(parse_well(R"({"queues":[{"name":"orders","vhost":"shop","durable":false,
                         "arguments":{"x-message-ttl":5}}]})"));
    EXPECT_TRUE(topology_.find_vhost("shop")->find_queue("orders")->durable);
}

TEST_F(DefinitionsTest, user_may_have_a_password_in_clear_or_none) {
    apply(parse_well(R"({"users":[{"name":"a","password":"secret","tags":"x, y"},
                                  {"name":"b","tags":[]},
                                  {"name":"c","password_hash":"","tags":[]}]})"));
    EXPECT_TRUE(auth::password_matches(users_.find("a")->password, "secret"));
    EXPECT_EQ(users_.find("a")->tags, (std::vector<std::string>{"x", "y"}));
    EXPECT_EQ(users_.find("b")->password.salt_and_digest, "");
    EXPECT_EQ(users_.find("c")->password.salt_and_digest, "");
}

TEST_F(DefinitionsTest, hash_without_algorithm_is_md5_in_old_exports_only) {
    const std::string users =
        R"("users":[{"name":"a","password_hash":"kI3GChNpte2FApYFXScl+0dIluk=","tags":""}]})";
    apply(parse_well(R"({"rabbit_version":"3.5.7",)" + users));
    EXPECT_TRUE(auth::password_matches(users_.find("a")->password, "test12"));
    apply(parse_well(R"({"rabbit_version":"4.0.0",)" + users));
    EXPECT_EQ(users_.find("a")->password.algorithm, auth::HashingAlgorithm::sha256);
}

TEST_F(DefinitionsTest, queue_type_comes_from_arguments_then_type_then_vhost) {
    const auto type_in = [&](std::string_view words) {
        const auto definitions =
            parse_well(R"({"vhosts":[{"name":"/","default_queue_type":"classic"}],
                           "queues":[{"name":"q","vhost":"/")" +
                       std::string(words) + "}]}");
        const auto& last = std::get<broker::TopologyCommand>(definitions.commands.back().command);
        const auto& table = std::get<broker::DeclareQueue>(last.body).arguments;
        return *table.find("x-queue-type")->as_text();
    };
    EXPECT_EQ(type_in(""), "classic");
    EXPECT_EQ(type_in(R"(,"type":"stream","arguments":{"x-queue-type":"classic"})"), "classic");
    EXPECT_EQ(error_in(R"("queues":[{"name":"q","vhost":"/","type":"lazy"}])").substr(0, 46),
              "d.json:1: queues[0].arguments.x-queue-type: in");
}

TEST_F(DefinitionsTest, queues_are_of_the_default_type_if_they_can_be) {
    const auto type_of = [&](std::string_view queue, std::string_view vhost_words) {
        const auto definitions = parse_well(
            fmt::format(R"({{"vhosts":[{{"name":"/"{}}}],"queues":[{}]}})", vhost_words, queue));
        const auto& last = std::get<broker::TopologyCommand>(definitions.commands.back().command);
        return broker::queue_type_in(std::get<broker::DeclareQueue>(last.body).arguments);
    };
    constexpr std::string_view durable = R"({"name":"q","vhost":"/"})";
    constexpr std::string_view transient = R"({"name":"q","vhost":"/","durable":false})";
    constexpr std::string_view stream = R"(,"default_queue_type":"stream")";
    EXPECT_EQ(type_of(durable, stream), broker::QueueType::stream);
    EXPECT_EQ(type_of(transient, stream), broker::QueueType::classic);
    EXPECT_EQ(type_of(durable, ""), broker::QueueType::classic);
}

TEST_F(DefinitionsTest, quorum_queues_that_cannot_be_are_a_fault) {
    EXPECT_NE(error_in(R"("queues":[{"name":"q","vhost":"/","type":"quorum","durable":false}])")
                  .find("invalid property 'non-durable' for queue 'q' in vhost '/'"),
              std::string::npos);
}

TEST_F(DefinitionsTest, arguments_keep_their_kinds) {
    const auto definitions = parse_well(R"({"vhosts":[{"name":"/"}],
      "exchanges":[{"name":"e","vhost":"/","type":"headers",
        "arguments":{"i":1,"d":1.5,"s":"x","b":true,"l":[1,"a"],"t":{"k":-1}}}]})");
    apply(definitions);
    const auto& table = *topology_.find_vhost("/")->find_exchange("e")->arguments;
    EXPECT_EQ(table.find("i")->type(), amqp091::FieldType::int64);
    EXPECT_EQ(table.find("d")->type(), amqp091::FieldType::float64);
    EXPECT_EQ(table.find("s")->type(), amqp091::FieldType::long_string);
    EXPECT_EQ(table.find("b")->type(), amqp091::FieldType::boolean);
    EXPECT_EQ(table.find("l")->as_array()->size(), 2u);
    EXPECT_EQ(table.find("t")->as_table()->find("k")->as_integer(), -1);
}

TEST_F(DefinitionsTest, reserved_names_and_unknown_words_are_warned_of) {
    const auto definitions = parse_well(R"({"vhosts":[{"name":"/"}],"quues":[],
      "queues":[{"name":"amq.gen-1","vhost":"/"},{"name":"q","vhost":"/","argumens":{}}],
      "exchanges":[{"name":"","vhost":"/","type":"direct"}],
      "bindings":[{"source":"","vhost":"/","destination":"q","destination_type":"queue",
                   "routing_key":"q"}]})");
    EXPECT_EQ(definitions.commands.size(), 2u);
    EXPECT_EQ(
        definitions.warnings,
        (std::vector<std::string>{"Not importing reserved exchange '' in vhost '/'.",
                                  "Not importing reserved queue 'amq.gen-1' in vhost '/'.",
                                  "Member argumens in section queues is unknown and was ignored.",
                                  "Not importing a binding of the default exchange in vhost '/'.",
                                  "Section quues is unknown and was ignored."}));
}

TEST_F(DefinitionsTest, broken_json_is_named_by_its_line) {
    EXPECT_TRUE(error_of("{\n\"users\": [\n}\n").starts_with("d.json:3: not valid JSON: "));
    EXPECT_TRUE(error_of("").starts_with("d.json:1: not valid JSON: "));
    EXPECT_TRUE(error_of("{} x").starts_with("d.json:1: not valid JSON: "));
    EXPECT_TRUE(error_of(std::string(1000, '[')).starts_with("d.json:1: not valid JSON: "));
    EXPECT_EQ(error_of("[]"), "d.json:1: expected an object, found a list");
}

TEST_F(DefinitionsTest, wrong_value_is_named_by_line_and_path) {
    std::string text = "{\"vhosts\": [{\"name\": \"/\"}],\n\"queues\": [\n";
    for (int i = 0; i < 297; ++i)
        text += "{\"name\": \"q" + std::to_string(i) + "\", \"vhost\": \"/\"},\n";
    text += R"({"name": "bad", "vhost": "/", "arguments": {"x-message-ttl": "soon"}}]})";
    EXPECT_TRUE(error_of(text).starts_with("d.json:300: queues[297].arguments.x-message-ttl: "))
        << error_of(text);
}

TEST_F(DefinitionsTest, error_says_what_was_expected) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {R"("queues":{})", "queues: expected a list, found an object"},
        {R"("queues":[7])", "queues[0]: expected an object, found 7"},
        {R"("queues":[{"vhost":"/"}])", "queues[0].name: expected a string, found nothing"},
        {R"("queues":[{"name":1,"vhost":"/"}])", "queues[0].name: expected a string, found 1"},
        {R"("queues":[{"name":"q","vhost":"x"}])", "queues[0].vhost: there is no virtual host 'x'"},
        {R"("queues":[{"name":"q","vhost":"/","durable":1}])",
         "queues[0].durable: expected true or false, found 1"},
        {R"("queues":[{"name":"q","vhost":"/","arguments":{"a":null}}])",
         "queues[0].arguments.a: expected a value, found null"},
        {R"("queues":[{"name":"q","vhost":"/","arguments":{"a":[1,18446744073709551615]}}])",
         "queues[0].arguments.a[1]: expected a number below 2^63, found 18446744073709551615"},
        {R"("queues":[{"name":"q","vhost":"/","arguments":"a"}])",
         "queues[0].arguments: expected an object, found \"a\""},
        {R"("exchanges":[{"name":"e","vhost":"/","type":"nope"}])",
         "exchanges[0].type: expected an exchange type, found \"nope\""},
        {R"("permissions":[{"user":"u","vhost":"/","configure":"(","write":"","read":""}])",
         "permissions[0].configure: not a valid pattern: missing closing parenthesis at byte 1"},
        {R"("permissions":[{"user":"x","vhost":"/","configure":"","write":"","read":""}])",
         "permissions[0].user: there is no user 'x'"},
        {R"("topic_permissions":[{"user":"u","vhost":"/","exchange":"e","write":"["}])",
         "topic_permissions[0].read: expected a string, found nothing"},
        {R"("bindings":[{"source":"e","vhost":"/","destination":"q","destination_type":"queue","routing_key":""}])",
         "bindings[0].source: there is no exchange 'e' in vhost '/'"},
        {R"("bindings":[{"source":"amq.direct","vhost":"/","destination":"q","destination_type":"queue","routing_key":""}])",
         "bindings[0].destination: there is no queue 'q' in vhost '/'"},
        {R"("bindings":[{"source":"amq.direct","vhost":"/","destination":"q","destination_type":"topic","routing_key":""}])",
         "bindings[0].destination_type: expected queue or exchange, found \"topic\""},
        {R"("parameters":[{"component":"vhost-limits","name":"limits","vhost":"/","value":{"max-queues":"x"}}])",
         "parameters[0].value.max-queues: expected a whole number, found \"x\""},
    };
    for (const auto& [section, expected] : cases)
        EXPECT_EQ(error_in(section), "d.json:1: " + std::string(expected));
}

TEST_F(DefinitionsTest, wrong_users_and_vhosts_are_named) {
    EXPECT_EQ(error_of(R"({"users":[{"name":"u"}]})"),
              "d.json:1: users[0].tags: expected a list of strings, found nothing");
    EXPECT_EQ(error_of(R"({"users":[{"name":"u","tags":"","password_hash":"!"}]})"),
              "d.json:1: users[0].password_hash: expected base64 of salt and hash");
    EXPECT_EQ(error_of(R"({"users":[{"name":"u","tags":"","password_hash":"","password":"x"}]})"),
              "d.json:1: users[0].password: expected either password or password_hash, found both");
    EXPECT_EQ(error_of(R"({"users":[{"name":"u","tags":"","hashing_algorithm":"crc"}]})"),
              "d.json:1: users[0].hashing_algorithm: expected rabbit_password_hashing_sha256, "
              "rabbit_password_hashing_sha512 or rabbit_password_hashing_md5, found \"crc\"");
    EXPECT_EQ(error_of(R"({"users":[{"name":"","tags":""}]})"),
              "d.json:1: users[0].name: must not be empty");
    EXPECT_EQ(error_of(R"({"vhosts":[{"name":"/","default_queue_type":"lazy"}]})"),
              "d.json:1: vhosts[0].default_queue_type: expected classic, quorum or stream, found "
              "\"lazy\"");
}

TEST_F(DefinitionsTest, file_cut_anywhere_is_refused) {
    for (std::size_t bytes = 0; bytes < whole_file.size(); ++bytes)
        EXPECT_FALSE(parse(whole_file.substr(0, bytes))) << bytes;
}

class DefinitionsFolderTest : public DefinitionsTest {
protected:
    DefinitionsFolderTest()
        : folder_(std::filesystem::path(testing::TempDir()) /
                  ("definitions_" + std::to_string(::getpid()))) {
        std::filesystem::create_directories(folder_);
    }
    ~DefinitionsFolderTest() override { std::filesystem::remove_all(folder_); }
    void write(std::string_view name, std::string_view text) {
        std::ofstream(folder_ / name) << text;
    }
    Result<Definitions, DefinitionsError> load(const std::filesystem::path& path) {
        return load_definitions(path.string(), {topology_, users_});
    }

    std::filesystem::path folder_;
};

TEST_F(DefinitionsFolderTest, folder_is_read_in_the_order_of_names_as_one) {
    write("20-queues.json", R"({"queues":[{"name":"q","vhost":"/"}]})");
    write("10-vhosts.json", R"({"vhosts":[{"name":"/"}]})");
    write("notes.txt", "not JSON");
    const auto definitions = load(folder_);
    ASSERT_TRUE(definitions) << definitions.error().message();
    EXPECT_EQ(definitions->commands.size(), 2u);
}

TEST_F(DefinitionsFolderTest, error_names_the_file_of_the_folder) {
    write("10.json", R"({"vhosts":[{"name":"/"}]})");
    write("20.json", "{\n\"queues\": 7}");
    EXPECT_EQ(load(folder_).error().message(),
              (folder_ / "20.json").string() + ":2: queues: expected a list, found 7");
}

TEST_F(DefinitionsFolderTest, missing_file_is_an_error) {
    EXPECT_EQ(load(folder_ / "none.json").error().message(),
              (folder_ / "none.json").string() + ": cannot be read");
}

}  // namespace
}  // namespace warren::http
