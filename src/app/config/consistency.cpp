#include "app/config/consistency.h"

#include <algorithm>
#include <array>

namespace warren::config {

namespace {

class Checker {
public:
    Checker(const Config& config, const std::vector<Setting>& settings,
            std::vector<ConfigError>& errors, std::vector<ConfigError>& warnings)
        : config_(config), settings_(settings), errors_(errors), warnings_(warnings) {}

    void run() {
        check_tls();
        check_auth();
        check_defaults();
        check_default_policies();
        check_resources();
        check_definitions();
        check_distribution();
    }

private:
    // The error's place: the last setting whose key starts so.
    ConfigError at(std::string_view key_start, std::string message) const {
        const auto found = std::find_if(
            settings_.rbegin(), settings_.rend(),
            [&](const Setting& setting) { return setting.key.starts_with(key_start); });
        if (found == settings_.rend())
            return {"configuration", 0, std::string(key_start), std::move(message)};
        return {found->file, found->line, found->key, std::move(message)};
    }

    void check_tls() {
        const TlsOptions& tls = config_.tls;
        if (config_.listeners.tls.empty()) return;
        if (tls.certfile.empty() || tls.keyfile.empty())
            errors_.push_back(
                at("listeners.ssl",
                   "a TLS listener needs ssl_options.certfile and ssl_options.keyfile"));
        if (tls.verify_peer && tls.cacertfile.empty())
            errors_.push_back(at("ssl_options.verify", "verify_peer needs ssl_options.cacertfile"));
        if (tls.fail_if_no_peer_cert && !tls.verify_peer)
            errors_.push_back(at("ssl_options.fail_if_no_peer_cert",
                                 "true needs ssl_options.verify = verify_peer"));
    }

    void check_auth() {
        static constexpr std::array<std::string_view, 5> mechanisms{"PLAIN", "AMQPLAIN", "EXTERNAL",
                                                                    "ANONYMOUS", "RABBIT-CR-DEMO"};
        for (const std::string& mechanism : config_.auth.mechanisms)
            if (std::ranges::find(mechanisms, mechanism) == mechanisms.end())
                warnings_.push_back(
                    at("auth_mechanisms",
                       "'" + log::escaped(mechanism) +
                           "' is not available and will not be offered; "
                           "PLAIN, AMQPLAIN, EXTERNAL, ANONYMOUS and RABBIT-CR-DEMO are"));
        check_backends();
        if (config_.auth.credential_validator == CredentialValidator::password_regexp &&
            config_.auth.password_regexp.empty())
            errors_.push_back(
                at("credential_validator.validation_backend", "needs credential_validator.regexp"));
    }

    // A chain that names only backends of later work must not fall back to users that the operator
    // did not mean.
    void check_backends() {
        static const AuthBackend internal;
        if (std::ranges::find(config_.auth.backends, internal) == config_.auth.backends.end()) {
            errors_.push_back(
                at("auth_backends",
                   "only the backend 'internal' is available yet, and the chain is without it"));
            return;
        }
        for (const AuthBackend& backend : config_.auth.backends)
            if (backend != internal)
                warnings_.push_back(
                    at("auth_backends", "'" + log::escaped(backend.authn) + "' with '" +
                                            log::escaped(backend.authz) +
                                            "' is not available yet and is passed over"));
    }

    void check_defaults() {
        for (const DefaultUser& user : config_.defaults.users)
            if (user.vhost_pattern.empty())
                warnings_.push_back(at("default_users." + user.name,
                                       "has no vhost_pattern: the user is never created"));
        for (const DefaultVhostLimits& limits : config_.defaults.vhost_limits)
            if (limits.vhost_pattern.empty())
                warnings_.push_back(at("default_limits.vhosts." + limits.id,
                                       "has no pattern: it holds for no vhost"));
    }

    void check_default_policies() {
        for (const DefaultOperatorPolicy& policy : config_.defaults.operator_policies) {
            const std::string key = "default_policies.operator." + policy.id;
            if (policy.vhost_pattern.empty())
                warnings_.push_back(at(key, "has no vhost_pattern: it is made in no vhost"));
            if (policy.definition.empty())
                warnings_.push_back(at(key, "defines nothing and is passed over"));
        }
    }

    // To start without what the operator wanted would be a surprise.
    void check_definitions() {
        const std::string& backend = config_.definitions_backend;
        for (const std::string_view local :
             {"local_filesystem", "local", "rabbit_definitions_import_local_filesystem"})
            if (backend == local) return;
        errors_.push_back(
            at("definitions.import_backend",
               "only 'local_filesystem' is available, '" + log::escaped(backend) + "' is not"));
    }

    void check_distribution() {
        const Distribution& distribution = config_.distribution;
        const TlsOptions& tls = distribution.tls;
        if (tls.certfile.empty() != tls.keyfile.empty())
            errors_.push_back(
                at("distribution.ssl_options", "certfile and keyfile are needed both"));
        if (tls.verify_peer && tls.cacertfile.empty())
            errors_.push_back(
                at("distribution.ssl_options.verify", "verify_peer needs cacertfile"));
        if (distribution.port_max && !distribution.port_min)
            errors_.push_back(at("distribution.listener.port_range.max",
                                 "needs distribution.listener.port_range.min"));
        if (distribution.port_max && distribution.port_min &&
            *distribution.port_max < *distribution.port_min)
            errors_.push_back(at("distribution.listener.port_range.max",
                                 "must not be below distribution.listener.port_range.min"));
    }

    void check_resources() {
        if (config_.resources.memory_high_watermark_share < 0)
            errors_.push_back(at("vm_memory_high_watermark.relative", "must not be below 0"));
        if (config_.resources.disk_free_memory_multiple.value_or(0) < 0)
            errors_.push_back(at("disk_free_limit.relative", "must not be below 0"));
        if (config_.storage.confirm_before_sync)
            warnings_.push_back(
                at("unsafe.confirm_before_sync",
                   "messages are confirmed before they are on stable storage: a power cut or a "
                   "crash of the system LOSES CONFIRMED MESSAGES"));
    }

    const Config& config_;
    const std::vector<Setting>& settings_;
    std::vector<ConfigError>& errors_;
    std::vector<ConfigError>& warnings_;
};

}  // namespace

void check_consistency(const Config& config, const std::vector<Setting>& settings,
                       std::vector<ConfigError>& errors, std::vector<ConfigError>& warnings) {
    Checker(config, settings, errors, warnings).run();
}

}  // namespace warren::config
