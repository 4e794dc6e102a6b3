// The table of keys and the code that obeys it agree.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "app/config/bindings.h"
#include "app/config/conf_files.h"
#include "app/config/key_table.h"
#include "app/logging/test_files.h"

namespace warren::config {
namespace {

TEST(key_bindings, exist_for_every_key_that_works_and_only_for_known_keys) {
    for (const KeyRow& row : all_keys()) {
        const std::string_view pattern = row.alias_of.empty() ? row.pattern : row.alias_of;
        EXPECT_TRUE(row.status != Status::works || bindings().contains(pattern)) << row.pattern;
    }
    for (const auto& [pattern, binding] : bindings()) {
        const auto known =
            std::ranges::find(all_keys(), std::string_view(pattern), &KeyRow::pattern);
        EXPECT_TRUE(known != all_keys().end()) << pattern;
    }
}

// What the reference calls the default is what a Config has: setting a key to its default changes
// nothing.
TEST(key_bindings, document_the_real_defaults) {
    int compared = 0;
    for (const KeyRow& row : all_keys()) {
        const auto binding = bindings().find(row.pattern);
        const bool is_single = row.pattern.find('$') == std::string_view::npos;
        if (binding == bindings().end() || !is_single || row.documented_default == "unset" ||
            row.pattern == "cluster_name")
            continue;
        const auto value = parse_value(row.types, row.documented_default);
        ASSERT_TRUE(value) << row.pattern << ": " << value.error();
        Config config;
        Draft draft;
        std::vector<ConfigError> errors;
        const Setting setting{
            {}, std::string(row.pattern), std::string(row.documented_default), "", 0};
        binding->second.apply({config, draft, setting, *value, errors});
        finish(draft, config);
        Config expected;
        // An output's level that is not set means `info` unless log.default.level says otherwise.
        if (row.pattern.starts_with("log.") && row.pattern.ends_with(".level"))
            expected.log = config.log;
        EXPECT_TRUE(config == expected) << row.pattern;
        EXPECT_TRUE(errors.empty()) << row.pattern;
        ++compared;
    }
    EXPECT_GT(compared, 50);
}

TEST(key_bindings, keep_numbers_within_their_fields) {
    for (const KeyRow& row : all_keys()) {
        const auto binding = bindings().find(row.pattern);
        if (binding == bindings().end()) continue;
        for (const ValueType& type : row.types) {
            if (type.kind != Kind::integer && type.kind != Kind::byte_size) continue;
            for (const std::int64_t number : {type.lowest, type.highest}) {
                Config config;
                Draft draft;
                std::vector<ConfigError> errors;
                const Setting setting{
                    {"a", "1", "2", "3", "4"}, std::string(row.pattern), "", "", 0};
                binding->second.apply(
                    {config, draft, setting, Value(number), errors});  // aborts if it does not fit
            }
        }
    }
}

// Every line of the example that shows a setting, taken out of its comment.
TEST(example_configuration, shows_only_settings_that_work) {
    std::ifstream example(WARREN_EXAMPLE_CONF);
    std::string settings, line;
    while (std::getline(example, line))
        if (line.starts_with("# ") && line.find(" = ") < line.find_first_of("#(", 2))
            settings += line.substr(2) + "\n";
    TestFiles files;
    const ReadConf read = read_conf_files({files.write("example.conf", settings)});
    EXPECT_TRUE(read.errors.empty()) << to_text(std::span<const ConfigError>(read.errors));
    EXPECT_GT(read.settings.size(), 30u);
    for (const Setting& setting : read.settings) {
        const KeyRow* row = find_key(setting.segments);
        ASSERT_NE(row, nullptr) << setting.key;
        EXPECT_EQ(row->status, Status::works) << setting.key;
    }
}

}  // namespace
}  // namespace warren::config
