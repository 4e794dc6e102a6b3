// A rabbitmq.conf of any bytes: settings or errors, each in a line that the text has; and every
// value of every key is taken or refused with a sentence, never with an abort.
#include <algorithm>
#include <cstdint>
#include <utility>

#include "app/config/bindings.h"
#include "app/config/conf_syntax.h"
#include "app/config/environment_file.h"
#include "app/config/key_table.h"
#include "base/ensure.h"

using namespace warren;
using namespace warren::config;

namespace {

bool touches_the_disk(const KeyRow& row) {
    return std::ranges::any_of(row.types, [](const ValueType& type) {
        return type.kind == Kind::readable_file || type.kind == Kind::pem_file ||
               type.kind == Kind::writable_directory;
    });
}

// What load_config() does with a setting, without files of the machine.
void apply(const Setting& setting, Config& config, Draft& draft, std::vector<ConfigError>& errors) {
    const KeyRow* row = find_key(setting.segments);
    if (row == nullptr || touches_the_disk(*row)) return;
    const auto value = parse_value(row->types, setting.value);
    if (!value) {
        ENSURE(value.error().starts_with("expected "));
        return;
    }
    const auto binding = bindings().find(row->alias_of.empty() ? row->pattern : row->alias_of);
    if (binding != bindings().end())
        binding->second.apply({config, draft, setting, *value, errors});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto lines = 1 + std::ranges::count(text, '\n');
    const ParsedConf parsed = parse_conf(text, "fuzz.conf");
    Config config;
    Draft draft;
    bool has_looked_for_a_neighbour = false;  // that is slow, once an input is enough
    std::vector<ConfigError> errors;
    for (const auto& statement : parsed.statements) {
        const auto* setting = std::get_if<Setting>(&statement);
        if (setting == nullptr) continue;
        ENSURE(setting->line >= 1 && setting->line <= lines && !setting->segments.empty());
        apply(*setting, config, draft, errors);
        if (!std::exchange(has_looked_for_a_neighbour, true)) (void)nearest_key(setting->segments);
    }
    for (const ConfigError& error : parsed.errors)
        ENSURE(error.line >= 1 && error.line <= lines && !error.message.empty());
    finish(draft, config);

    Environment environment;
    read_environment_file(text, "fuzz-env.conf", environment, errors);
    return 0;
}
