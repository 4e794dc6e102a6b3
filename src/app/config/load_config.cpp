#include "app/config/load_config.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "app/config/advanced_config.h"
#include "app/config/bindings.h"
#include "app/config/conf_files.h"
#include "app/config/config_paths.h"
#include "app/config/consistency.h"
#include "app/config/enabled_plugins.h"
#include "app/config/entry_decoder.h"
#include "app/config/environment_file.h"
#include "app/config/log_environment.h"
#include "app/config/node_name.h"

namespace warren::config {

namespace {

class Loader {
public:
    explicit Loader(const ConfigSources& sources)
        : sources_(sources), environment_(sources.environment) {}

    Result<LoadedConfig, std::vector<ConfigError>> run() {
        const ConfigurationPlace place = configuration_place(sources_.root);
        load_environment_file(place);
        read_advanced(place);
        read_files(place);
        keep_last_of_each_key();
        resolve_aliases();
        Draft draft;
        for (const Setting& setting : settings_)
            apply(setting, draft);
        finish(draft, loaded_.config);
        complete_from_environment(draft);
        check_consistency(loaded_.config, settings_, errors_, loaded_.warnings);
        if (errors_.empty()) return std::move(loaded_);
        sort_errors();
        return fail(std::move(errors_));
    }

private:
    void load_environment_file(const ConfigurationPlace& place) {
        std::string path(value_of(environment_, "RABBITMQ_CONF_ENV_FILE"));
        const bool is_named = !path.empty();
        if (!is_named) path = place.environment_file();
        std::ifstream file(path);
        if (!file) {
            if (is_named)
                errors_.push_back(
                    {"environment", 0, "RABBITMQ_CONF_ENV_FILE", "cannot read '" + path + "'"});
            return;
        }
        std::stringstream content;
        content << file.rdbuf();
        loaded_.files.push_back(path);
        read_environment_file(content.str(), path, environment_, errors_);
    }

    void read_advanced(const ConfigurationPlace& place) {
        const bool looks = sources_.config_paths.empty();
        advanced_ =
            read_advanced_config(environment_, looks ? &place : nullptr, loaded_.warnings, errors_);
        if (!advanced_.path.empty()) loaded_.files.push_back(advanced_.path);
        loaded_.config.auth.track_login_sources = advanced_.track_login_sources;
    }

    void read_files(const ConfigurationPlace& place) {
        const auto paths = sources_.config_paths.empty()
                               ? configuration_files(environment_, place, loaded_.warnings, errors_)
                               : sources_.config_paths;
        ReadConf read = read_conf_files(paths);
        settings_ = std::move(read.settings);
        errors_.insert(errors_.end(), read.errors.begin(), read.errors.end());
        loaded_.warnings.insert(loaded_.warnings.end(), read.warnings.begin(), read.warnings.end());
        loaded_.files.insert(loaded_.files.end(), read.files.begin(), read.files.end());
    }

    void warn(const Setting& setting, std::string message) {
        loaded_.warnings.push_back({setting.file, setting.line, setting.key, std::move(message)});
    }
    void refuse(const Setting& setting, std::string message) {
        errors_.push_back({setting.file, setting.line, setting.key, std::move(message)});
    }

    // As in RabbitMQ only the last setting of a key counts; in conf.d that is the idea, within one
    // file it is a slip.
    void keep_last_of_each_key() {
        std::map<std::vector<std::string>, std::size_t> last;  // index of the setting that counts
        for (std::size_t index = 0; index < settings_.size(); ++index) {
            const Setting& setting = settings_[index];
            const auto [known, is_first] = last.try_emplace(setting.segments, index);
            const Setting& earlier = settings_[known->second];
            if (!is_first && earlier.file == setting.file)
                warn(earlier,
                     "is set again in line " + std::to_string(setting.line) + ", which counts");
            known->second = index;
        }
        std::vector<Setting> kept;
        for (std::size_t index = 0; index < settings_.size(); ++index)
            if (last.at(settings_[index].segments) == index)
                kept.push_back(std::move(settings_[index]));
        settings_ = std::move(kept);
    }

    // An old name stands for the new one, unless that is set, too.
    void resolve_aliases() {
        std::vector<Setting> kept;
        for (Setting& setting : settings_) {
            const KeyRow* row = find_key(setting.segments);
            const std::string_view newer = row == nullptr ? std::string_view{} : row->alias_of;
            const bool is_superseded = !newer.empty() && is_set(newer);
            if (is_superseded)
                warn(setting, "is the old name of " + std::string(newer) +
                                  ", which is set, too, and counts");
            else
                kept.push_back(setting);
        }
        settings_ = std::move(kept);
    }

    // In the order in which a reader walks through the files; what has no line comes last.
    void sort_errors() {
        const auto place = [this](const ConfigError& error) {
            const auto file = std::ranges::find(loaded_.files, error.file);
            return std::pair(file - loaded_.files.begin(), error.line);
        };
        std::ranges::stable_sort(errors_, {}, place);
    }

    bool is_set(std::string_view key) const {
        return std::ranges::find(settings_, key, &Setting::key) != settings_.end();
    }

    void apply(const Setting& setting, Draft& draft) {
        const KeyRow* row = find_key(setting.segments);
        if (row == nullptr) {
            // Looking for neighbours takes a while; somebody with this many slips has another
            // problem.
            constexpr int suggestions_max = 50;
            const std::string near =
                ++unknown_keys_ <= suggestions_max ? nearest_key(setting.segments) : "";
            refuse(setting, near.empty() ? "this key is not known"
                                         : "this key is not known; did you mean '" + near + "'?");
            return;
        }
        auto value = parse_value(row->types, setting.value);
        if (!value) return refuse(setting, value.error());
        if (row->status == Status::later) warn(setting, "is known, but nothing uses it yet");
        if (row->status == Status::no_effect) loaded_.without_effect.push_back(setting.key);
        const bool is_secret = row->types.front().kind == Kind::secret;
        if (is_secret && setting.value.starts_with(EntryDecoder::mark)) {
            auto clear = decoder_.decrypt(setting.value);
            if (!clear) return refuse(setting, clear.error());
            value = std::move(*clear);
        }
        loaded_.config.settings.emplace_back(setting.key, is_secret ? "<hidden>" : setting.value);
        const auto binding = bindings().find(row->alias_of.empty() ? row->pattern : row->alias_of);
        if (binding != bindings().end())
            binding->second.apply({loaded_.config, draft, setting, *value, errors_});
    }

    void complete_from_environment(const Draft& draft) {
        Config& config = loaded_.config;
        const FileFacts facts{draft.no_tcp_listeners || !draft.tcp_listeners.empty()};
        apply_environment(environment_, facts, config, errors_);
        const bool long_name = value_of(environment_, "RABBITMQ_USE_LONGNAME") == "true";
        const std::string host =
            sources_.host_name.empty() ? own_host_name(long_name) : sources_.host_name;
        auto node_name =
            make_node_name(value_of(environment_, "RABBITMQ_NODENAME"), long_name, host);
        if (node_name)
            config.node_name = std::move(*node_name);
        else
            errors_.push_back({"environment", 0, "RABBITMQ_NODENAME", node_name.error()});
        if (config.cluster_name.empty()) config.cluster_name = config.node_name;
        config.data_dir = sources_.data_dir.empty()
                              ? data_directory(environment_, sources_.root, config.node_name)
                              : sources_.data_dir;
        config.config_files = loaded_.files;
        config.enabled_plugins_file =
            enabled_plugins_path(environment_, sources_.root, config.data_dir);
        if (auto plugins = enabled_plugins(environment_, config.enabled_plugins_file))
            config.enabled_plugins = std::move(*plugins);
        else
            errors_.push_back({"enabled_plugins", 0, "enabled_plugins", plugins.error()});
        complete_logging(environment_, sources_.root + "/var/log/warrenmq", config, errors_);
        for (ConfigError& warning : environment_warnings(environment_))
            loaded_.warnings.push_back(std::move(warning));
    }

    const ConfigSources& sources_;
    Environment environment_;
    std::vector<Setting> settings_;
    std::vector<ConfigError> errors_;
    int unknown_keys_ = 0;
    LoadedConfig loaded_;
    AdvancedConfig advanced_;
    EntryDecoder decoder_{advanced_};
};

}  // namespace

Result<LoadedConfig, std::vector<ConfigError>> load_config(const ConfigSources& sources) {
    return Loader(sources).run();
}

}  // namespace warren::config
