// advanced.config, and the encrypted values of rabbitmq.conf that it is read for. What is encrypted
// here was encrypted by RabbitMQ 4.3's own rabbitmqctl.
#include "app/config/advanced_config.h"

#include <gtest/gtest.h>

#include "app/config/load_config.h"
#include "app/logging/test_files.h"

namespace warren::config {
namespace {

std::string fault(std::string_view text) {
    const auto read = parse_advanced_config(text);
    return read ? "accepted" : read.error();
}

TEST(AdvancedConfig, says_how_values_are_decrypted) {
    const auto read = parse_advanced_config(
        "[{rabbit, [{tcp_listeners, [5672]}, {config_entry_decoder, [{passphrase, {file, "
        "\"/a/b\"}}, {cipher, aes_256_cbc}, {hash, sha512}, {iterations, 1000}]}, flag]},\n"
        " {kernel, [{net_ticktime, 60}]}].");
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(read->decoder.passphrase_file, "/a/b");
    EXPECT_EQ(read->decoder.passphrase, std::nullopt);
    EXPECT_EQ(read->decoder.wishes.cipher, "aes_256_cbc");
    EXPECT_EQ(read->decoder.wishes.hash, "sha512");
    EXPECT_EQ(read->decoder.wishes.iterations, 1000u);
    EXPECT_EQ(read->passed_over, (std::vector<std::string>{"rabbit.tcp_listeners", "rabbit.flag",
                                                           "kernel.net_ticktime"}));
    EXPECT_EQ(parse_advanced_config("[{rabbit,[{config_entry_decoder,[{passphrase,<<\"x\">>}]}]}].")
                  ->decoder.passphrase,
              "x");
    EXPECT_EQ(parse_advanced_config("[].")->decoder.passphrase, std::nullopt);
}

TEST(AdvancedConfig, says_whether_logins_are_counted_by_their_source) {
    const auto tracks = [](const std::string& setting) {
        const auto read = parse_advanced_config("[{rabbit, [" + setting + "]}].");
        return read ? read->track_login_sources ? "yes" : "no" : read.error();
    };
    EXPECT_EQ(tracks("{track_auth_attempt_source, true}"), "yes");
    EXPECT_EQ(tracks("track_auth_attempt_source"), "yes");
    EXPECT_EQ(tracks("{track_auth_attempt_source, false}"), "no");
    EXPECT_EQ(tracks(""), "no");
    EXPECT_EQ(tracks("{track_auth_attempt_source, 1}"),
              "track_auth_attempt_source: expected true or false");
}

TEST(AdvancedConfig, refuses_what_it_cannot_use_and_repeats_no_passphrase) {
    const auto decoder = [](const std::string& settings) {
        return fault("[{rabbit, [{config_entry_decoder, " + settings + "}]}].");
    };
    EXPECT_EQ(fault("{rabbit, []}."), "expected a list of {application, [{key, value}]}");
    EXPECT_EQ(fault("[{rabbit, 5}]."), "expected a list of {application, [{key, value}]}");
    EXPECT_EQ(fault("[{rabbit, [5]}]."), "rabbit: expected a list of {key, value}");
    EXPECT_EQ(decoder("5"), "config_entry_decoder: expected a list");
    EXPECT_EQ(decoder("[5]"), "config_entry_decoder: expected {key, value}");
    EXPECT_EQ(decoder("[{passphrase, 5}]"),
              "config_entry_decoder: passphrase: expected {file, \"path\"} or a string");
    EXPECT_EQ(decoder("[{passphrase, prompt}]"),
              "config_entry_decoder: passphrase: 'prompt' is not available, because a node has "
              "nobody to ask: give {file, \"path\"}");
    EXPECT_EQ(decoder("[{iterations, 0}]"),
              "config_entry_decoder: iterations: expected a whole number of at least 1");
    EXPECT_EQ(decoder("[{cipher, \"aes\"}]"),
              "config_entry_decoder: cipher: expected an atom such as aes_256_cbc or sha512");
    EXPECT_EQ(decoder("[{passphrase, \"secret\"]"), "line 1: expected ',' or '}'");
}

class EncryptedValues : public testing::Test {
protected:
    static constexpr const char* geheim =
        "encrypted:2x6E4VHFhSM+V3tCUTgo60/q0dXIHxHS9I/ARfL/m5BUC3WFjd1GLNvCcenfltly";

    void set_decoder(const std::string& settings) {
        advanced_ = files_.write("advanced.config",
                                 "[{rabbit, [{config_entry_decoder, [" + settings + "]}]}].\n");
    }
    Result<LoadedConfig, std::vector<ConfigError>> load(const std::string& content) {
        ConfigSources sources{
            {files_.write("t.conf", content)}, "/data", {}, files_.path(), "host.domain"};
        if (!advanced_.empty()) sources.environment["RABBITMQ_ADVANCED_CONFIG_FILE"] = advanced_;
        return load_config(sources);
    }
    std::string errors(const std::string& content) {
        const auto loaded = load(content);
        if (loaded) return "accepted";
        std::string text = to_text(std::span<const ConfigError>(loaded.error()));
        const std::string directory = files_.path() + "/";
        for (std::size_t at; (at = text.find(directory)) != std::string::npos;)
            text.erase(at, directory.size());
        return text;
    }

    TestFiles files_;
    std::string advanced_;
};

TEST_F(EncryptedValues, are_decrypted_with_the_first_line_of_a_file) {
    const std::string file = files_.write("secret", "pass phrase\r\nanother line\n");
    set_decoder("{passphrase, {file, \"" + file + "\"}}");
    const auto loaded =
        load("default_pass = " + std::string(geheim) +
             "\ndefault_users.joe.vhost_pattern = .*\ndefault_users.joe.password = "
             "encrypted:7S6LlJC241tBLP+6KUw6MIwgIS6nxixBCEDfVcAxvPX8gv87lQlkaRaWc3l0"
             "qX3Z\nssl_options.password = encrypted:l0dEJbNlNsJPtDyZPvr7CMD7yWgJZK7"
             "MPH6Qs/4WWIY0OBAbSgBG3rbhjCZbwW4B\ncluster_name = " +
             std::string(geheim) + "\n");
    ASSERT_TRUE(loaded) << to_text(std::span<const ConfigError>(loaded.error()));
    EXPECT_EQ(loaded->config.defaults.pass, "geheim");                   // an atom
    EXPECT_EQ(loaded->config.defaults.users.at(0).password, "geheim2");  // a binary
    EXPECT_EQ(loaded->config.tls.password, "geheim3");                   // a string
    EXPECT_EQ(loaded->config.cluster_name, geheim);                      // no secret
    EXPECT_EQ(loaded->files.front(), advanced_);
}

TEST_F(EncryptedValues, are_refused_without_a_passphrase) {
    EXPECT_EQ(errors("\ndefault_pass = " + std::string(geheim) + "\n"),
              "t.conf:2: default_pass: is encrypted, and no passphrase is known: advanced.config "
              "has to say [{rabbit, [{config_entry_decoder, [{passphrase, {file, "
              "\"path\"}}]}]}].\n");
    set_decoder("{passphrase, {file, \"/nowhere/x\"}}");
    EXPECT_EQ(errors("default_pass = " + std::string(geheim) + "\n"),
              "t.conf:1: default_pass: is encrypted, and the file of its passphrase, "
              "'/nowhere/x', cannot be read: No such file or directory\n");
}

TEST_F(EncryptedValues, are_refused_with_the_wrong_one_and_nothing_secret_is_shown) {
    const std::string expected =
        "t.conf:1: default_pass: cannot be decrypted with the config_entry_decoder of "
        "'advanced.config': is the passphrase right, and are cipher, hash and iterations those "
        "that it was encrypted with?\n";
    for (const char* settings :
         {"{passphrase, \"wrong\"}", "{passphrase, \"pass phrase\"}, {iterations, 2}",
          "{passphrase, \"pass phrase\"}, {hash, sha512}",
          "{passphrase, \"pass phrase\"}, {cipher, unknown}"}) {
        set_decoder(settings);
        EXPECT_EQ(errors("default_pass = " + std::string(geheim) + "\n"), expected) << settings;
    }
    set_decoder("{passphrase, \"pass phrase\"}");
    EXPECT_EQ(errors("default_pass = encrypted:c2VjcmV0\n"), expected);
    EXPECT_EQ(errors("default_pass = encrypted:\n"), expected);
}

TEST_F(EncryptedValues, need_an_advanced_config_that_can_be_read) {
    advanced_ = files_.write("advanced.config", "[{rabbit, \n");
    EXPECT_EQ(errors("heartbeat = 10\n"), "advanced.config: line 2: expected a term\n");
    advanced_ = files_.path();
    EXPECT_NE(errors("heartbeat = 10\n").find("cannot be read"), std::string::npos);
    advanced_ = "/nowhere/advanced";
    const auto loaded = load("heartbeat = 10\n");
    ASSERT_TRUE(loaded);
    ASSERT_EQ(loaded->warnings.size(), 1u);
    EXPECT_EQ(to_text(loaded->warnings[0]),
              "environment: RABBITMQ_ADVANCED_CONFIG_FILE: there is no file "
              "'/nowhere/advanced.config'");
}

}  // namespace
}  // namespace warren::config
