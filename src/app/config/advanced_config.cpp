#include "app/config/advanced_config.h"

#include <charconv>
#include <filesystem>
#include <fstream>

#include "app/config/erlang_reader.h"

namespace warren::config {

namespace {

using Kind = ErlangTerm::Kind;

constexpr std::string_view decoder_key = "config_entry_decoder";
constexpr std::string_view tracking_key = "track_auth_attempt_source";
// A configuration is some kB; this only keeps a wrong path from eating the memory.
constexpr std::size_t file_bytes_max = 4u << 20;

Result<std::string, std::string> read_bounded(std::istream& file) {
    std::string text(file_bytes_max + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > file_bytes_max) return fail(std::string("is larger than 4 MiB"));
    return text;
}

bool is_text(const ErlangTerm& term) {
    return term.kind == Kind::string || term.kind == Kind::binary;
}

std::unexpected<std::string> wrong(std::string_view key, const std::string& expected) {
    return fail("config_entry_decoder: " + std::string(key) + ": expected " + expected);
}

Result<void, std::string> take_passphrase(EntryDecoderSettings& decoder, const ErlangTerm& value) {
    if (is_text(value)) {
        decoder.passphrase = value.text;
        return {};
    }
    const bool is_file =
        value.is_pair() && value.elements[0].is_atom("file") && is_text(value.elements[1]);
    if (is_file) {
        decoder.passphrase_file = value.elements[1].text;
        return {};
    }
    if (value.is_atom("prompt"))
        return fail(
            std::string("config_entry_decoder: passphrase: 'prompt' is not available, because a "
                        "node has nobody to ask: give {file, \"path\"}"));
    if (value.is_atom("undefined")) return {};
    return wrong("passphrase", "{file, \"path\"} or a string");
}

Result<void, std::string> take_setting(EntryDecoderSettings& decoder, const std::string& key,
                                       const ErlangTerm& value) {
    if (key == "passphrase") return take_passphrase(decoder, value);
    if (key == "iterations") {
        const char* end = value.text.data() + value.text.size();
        const auto [read, error] =
            std::from_chars(value.text.data(), end, decoder.wishes.iterations);
        if (value.kind != Kind::integer || error != std::errc() || read != end ||
            decoder.wishes.iterations == 0)
            return wrong(key, "a whole number of at least 1");
        return {};
    }
    if (key != "cipher" && key != "hash") return {};
    if (value.kind != Kind::atom) return wrong(key, "an atom such as aes_256_cbc or sha512");
    (key == "cipher" ? decoder.wishes.cipher : decoder.wishes.hash) = value.text;
    return {};
}

Result<void, std::string> take_decoder(EntryDecoderSettings& decoder, const ErlangTerm& settings) {
    if (settings.kind != Kind::list)
        return fail(std::string("config_entry_decoder: expected a list"));
    for (const ErlangTerm& setting : settings.elements) {
        if (!setting.is_pair() || setting.elements[0].kind != Kind::atom)
            return fail(std::string("config_entry_decoder: expected {key, value}"));
        if (auto taken = take_setting(decoder, setting.elements[0].text, setting.elements[1]);
            !taken)
            return taken;
    }
    return {};
}

// {rabbit, [{key, value}]}; false: nothing here knows the key.
Result<bool, std::string> take_rabbit(AdvancedConfig& config, const std::string& key,
                                      const ErlangTerm* value) {
    if (key == tracking_key) {
        // An atom alone stands for {atom, true}.
        config.track_login_sources = value == nullptr || value->is_atom("true");
        if (!config.track_login_sources && !value->is_atom("false"))
            return fail(std::string(tracking_key) + ": expected true or false");
        return true;
    }
    if (key != decoder_key || value == nullptr) return false;
    if (auto taken = take_decoder(config.decoder, *value); !taken)
        return fail(std::move(taken.error()));
    return true;
}

}  // namespace

Result<AdvancedConfig, std::string> parse_advanced_config(std::string_view text) {
    const auto root = read_erlang_file(text);
    if (!root) return fail(root.error());
    if (root->kind != Kind::list)
        return fail(std::string("expected a list of {application, [{key, value}]}"));
    AdvancedConfig config;
    for (const ErlangTerm& application : root->elements) {
        if (!application.is_pair() || application.elements[0].kind != Kind::atom ||
            application.elements[1].kind != Kind::list)
            return fail(std::string("expected a list of {application, [{key, value}]}"));
        const std::string& name = application.elements[0].text;
        for (const ErlangTerm& setting : application.elements[1].elements) {
            const ErlangTerm& key = setting.is_pair() ? setting.elements[0] : setting;
            if (key.kind != Kind::atom) return fail(name + ": expected a list of {key, value}");
            const ErlangTerm* value = setting.is_pair() ? &setting.elements[1] : nullptr;
            const auto taken = name == "rabbit" ? take_rabbit(config, key.text, value)
                                                : Result<bool, std::string>(false);
            if (!taken) return fail(std::string(taken.error()));
            if (!*taken) config.passed_over.push_back(name + "." + key.text);
        }
    }
    return config;
}

AdvancedConfig read_advanced_config(const Environment& environment, const ConfigurationPlace* place,
                                    std::vector<ConfigError>& warnings,
                                    std::vector<ConfigError>& errors) {
    constexpr const char* variable = "RABBITMQ_ADVANCED_CONFIG_FILE";
    std::string path(value_of(environment, variable));
    const bool is_named = !path.empty();
    if (!is_named && place == nullptr) return {};
    if (!is_named) path = place->directory + "/advanced.config";
    std::error_code ignored;
    // The name may come without its ending.
    if (is_named && !std::filesystem::exists(path, ignored) && !path.ends_with(".config"))
        path += ".config";
    std::ifstream file(path, std::ios::binary);
    if (!file || std::filesystem::is_directory(path, ignored)) {
        const bool is_there = std::filesystem::exists(path, ignored);
        if (is_there) errors.push_back({path, 0, "", "cannot be read"});
        if (is_named && !is_there)
            warnings.push_back({"environment", 0, variable, "there is no file '" + path + "'"});
        return {};
    }
    const auto text = read_bounded(file);
    Result<AdvancedConfig, std::string> read =
        text ? parse_advanced_config(*text) : fail(std::string(text.error()));
    if (!read) {
        errors.push_back({path, 0, "", std::move(read.error())});
        return {};
    }
    for (const std::string& key : read->passed_over)
        warnings.push_back({path, 0, key,
                            "is passed over: settings are read from rabbitmq.conf, and from here "
                            "only rabbit.config_entry_decoder and "
                            "rabbit.track_auth_attempt_source"});
    read->path = path;
    return std::move(*read);
}

}  // namespace warren::config
