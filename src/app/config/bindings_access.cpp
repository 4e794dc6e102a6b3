// Keys of the groups "Authentication" and "Defaults of a new node".
#include "app/config/assign.h"
#include "app/config/numbers.h"

namespace warren::config {

namespace {

constexpr Word<CertLoginFrom> cert_login_words[] = {
    {"distinguished_name", CertLoginFrom::distinguished_name},
    {"common_name", CertLoginFrom::common_name},
    {"subject_alternative_name", CertLoginFrom::subject_alternative_name},
    {"subject_alt_name", CertLoginFrom::subject_alternative_name}};
constexpr Word<SanType> san_type_words[] = {{"dns", SanType::dns},
                                            {"ip", SanType::ip},
                                            {"email", SanType::email},
                                            {"uri", SanType::uri},
                                            {"other_name", SanType::other_name}};
constexpr Word<PasswordHashing> hashing_words[] = {
    {"rabbit_password_hashing_sha256", PasswordHashing::sha256},
    {"rabbit_password_hashing_sha512", PasswordHashing::sha512},
    {"rabbit_password_hashing_md5", PasswordHashing::md5}};
constexpr Word<CredentialValidator> validator_words[] = {
    {"rabbit_credential_validator_accept_everything", CredentialValidator::accept_everything},
    {"rabbit_credential_validator_min_password_length", CredentialValidator::min_password_length},
    {"rabbit_credential_validator_password_regexp", CredentialValidator::password_regexp}};

// The module names of RabbitMQ's own backends mean the same as their short names.
std::string short_backend_name(const std::string& name) {
    constexpr std::string_view module_prefix = "rabbit_auth_backend_";
    return name.starts_with(module_prefix) ? name.substr(module_prefix.size()) : name;
}

// The entry of auth_backends.N; nullptr once N has been refused.
AuthBackend* backend_at(const Application& a) {
    const auto position = parse_integer(a.setting.segments[1]);
    if (!position) {
        a.refuse("expected a number as position in the chain, found '" + a.setting.segments[1] +
                 "'");
        return nullptr;
    }
    return &a.draft.backends.try_emplace(*position, AuthBackend{"", ""}).first->second;
}

void add_authentication_bindings(std::vector<Binding>& list) {
    constexpr auto auth = &Config::auth;
    list.push_back({"auth_mechanisms.$name", [](const Application& a) {
                        a.draft.mechanisms[a.setting.segments[1]] = a.text();
                    }});
    list.push_back({"auth_backends.$num", [](const Application& a) {
                        if (AuthBackend* backend = backend_at(a))
                            backend->authn = backend->authz = short_backend_name(a.text());
                    }});
    list.push_back({"auth_backends.$num.authn", [](const Application& a) {
                        if (AuthBackend* backend = backend_at(a))
                            backend->authn = short_backend_name(a.text());
                    }});
    list.push_back({"auth_backends.$num.authz", [](const Application& a) {
                        if (AuthBackend* backend = backend_at(a))
                            backend->authz = short_backend_name(a.text());
                    }});
    list.push_back(
        {"loopback_users", [](const Application& a) { a.draft.no_loopback_users = true; }});
    list.push_back({"loopback_users.$user", [](const Application& a) {
                        assign(a.draft.loopback_users[a.setting.segments[1]], a.value);
                    }});
    list.push_back({"anonymous_login_user", [](const Application& a) {
                        a.config.auth.anonymous_login_user = a.text();
                        if (a.text() == "none") a.config.auth.anonymous_login_user.reset();
                    }});
    list.push_back(field<auth, &Auth::anonymous_login_pass>("anonymous_login_pass"));
    list.push_back({"ssl_cert_login_from", [](const Application& a) {
                        a.config.auth.cert_login_from = meaning_of(cert_login_words, a.value);
                    }});
    list.push_back({"ssl_cert_login_san_type", [](const Application& a) {
                        a.config.auth.cert_login_san_type = meaning_of(san_type_words, a.value);
                    }});
    list.push_back(field<auth, &Auth::cert_login_san_index>("ssl_cert_login_san_index"));
}

void add_password_bindings(std::vector<Binding>& list) {
    constexpr auto auth = &Config::auth;
    list.push_back({"password_hashing_module", [](const Application& a) {
                        a.config.auth.password_hashing = meaning_of(hashing_words, a.value);
                    }});
    list.push_back({"credential_validator.validation_backend", [](const Application& a) {
                        a.config.auth.credential_validator = meaning_of(validator_words, a.value);
                    }});
    list.push_back(field<auth, &Auth::password_length_min>("credential_validator.min_length"));
    list.push_back(field<auth, &Auth::password_regexp>("credential_validator.regexp"));
}

void add_default_bindings(std::vector<Binding>& list) {
    constexpr auto defaults = &Config::defaults;
    list.push_back(field<defaults, &Defaults::vhost>("default_vhost"));
    list.push_back(field<defaults, &Defaults::user>("default_user"));
    list.push_back(field<defaults, &Defaults::pass>("default_pass"));
    const auto permission = [&list](const std::string& key, std::string Permissions::* which) {
        list.push_back({"default_permissions." + key, [which](const Application& a) {
                            assign(a.config.defaults.permissions.*which, a.value);
                        }});
        list.push_back({"default_users.$name." + key, [which](const Application& a) {
                            assign(a.draft.users[a.setting.segments[1]].permissions.*which,
                                   a.value);
                        }});
    };
    permission("configure", &Permissions::configure);
    permission("write", &Permissions::write);
    permission("read", &Permissions::read);
    list.push_back({"default_user_tags.$tag", [](const Application& a) {
                        assign(a.draft.user_tags[a.setting.segments[1]], a.value);
                    }});
    const auto user = [&list](const std::string& key, auto DefaultUser::* which) {
        list.push_back({"default_users.$name." + key, [which](const Application& a) {
                            assign(a.draft.users[a.setting.segments[1]].*which, a.value);
                        }});
    };
    user("vhost_pattern", &DefaultUser::vhost_pattern);
    user("password", &DefaultUser::password);
    user("tags", &DefaultUser::tags);
    const auto limit = [&list](const std::string& key, auto DefaultVhostLimits::* which) {
        list.push_back({"default_limits.vhosts.$id." + key, [which](const Application& a) {
                            assign(a.draft.vhost_limits[a.setting.segments[2]].*which, a.value);
                        }});
    };
    limit("pattern", &DefaultVhostLimits::vhost_pattern);
    limit("max_connections", &DefaultVhostLimits::max_connections);
    limit("max_queues", &DefaultVhostLimits::max_queues);
}

PolicySetting policy_setting(const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
    if (const auto* names = std::get_if<std::vector<std::string>>(&value)) return *names;
    return std::get<std::string>(value);
}

void add_operator_policy_bindings(std::vector<Binding>& list) {
    const auto text = [&list](const std::string& key, std::string DefaultOperatorPolicy::* which) {
        list.push_back({"default_policies.operator.$id." + key, [which](const Application& a) {
                            assign(a.draft.operator_policies[a.setting.segments[2]].*which,
                                   a.value);
                        }});
    };
    text("vhost_pattern", &DefaultOperatorPolicy::vhost_pattern);
    text("queue_pattern", &DefaultOperatorPolicy::queue_pattern);
    text("apply_to", &DefaultOperatorPolicy::apply_to);
    // The key of a policy has other signs between its words, and classic_queues is no part of it.
    for (const std::string key : {"expires", "message_ttl", "max_length", "max_length_bytes",
                                  "max_in_memory_length", "max_in_memory_bytes", "delivery_limit",
                                  "classic_queues.ha_mode", "classic_queues.ha_params",
                                  "classic_queues.ha_sync_mode", "classic_queues.queue_version"})
        list.push_back({"default_policies.operator.$id." + key, [key](const Application& a) {
                            std::string name = key.substr(key.find('.') + 1);
                            std::ranges::replace(name, '_', '-');
                            auto& policy = a.draft.operator_policies[a.setting.segments[2]];
                            policy.definition[name] = policy_setting(a.value);
                        }});
}

}  // namespace

void add_access_bindings(std::vector<Binding>& list) {
    add_authentication_bindings(list);
    add_password_bindings(list);
    add_default_bindings(list);
    add_operator_policy_bindings(list);
}

}  // namespace warren::config
