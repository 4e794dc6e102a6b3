#pragma once
// Which key sets which field. A key with the status `works` in the table of keys has a binding
// here, and a test says so; a key of later work may have one, if its value is kept already.
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app/config/conf_syntax.h"
#include "app/config/value.h"

namespace warren::config {

// Orders 2 before 10 and letters by their code: the order of `auth_mechanisms.$name` and the like.
struct NaturalLess {
    using is_transparent = void;
    bool operator()(std::string_view left, std::string_view right) const;
};
template <typename T>
using ByName = std::map<std::string, T, NaturalLess>;

// Settings that make one field together; finish() turns them into it.
struct Draft {
    bool no_tcp_listeners = false;
    bool no_tls_listeners = false;
    ByName<Address> tcp_listeners;
    ByName<Address> tls_listeners;
    bool no_loopback_users = false;
    ByName<bool> loopback_users;
    ByName<bool> user_tags;
    ByName<std::string> mechanisms;
    std::map<std::int64_t, AuthBackend> backends;  // empty names: not set
    ByName<DefaultUser> users;
    ByName<DefaultVhostLimits> vhost_limits;
    ByName<DefaultOperatorPolicy> operator_policies;
    ByName<std::string> tls_versions;
    ByName<std::string> tls_ciphers;
    ByName<std::string> management_tls_versions;
    ByName<std::string> management_tls_ciphers;
    ByName<std::string> prometheus_tls_versions;
    ByName<std::string> prometheus_tls_ciphers;
    bool no_cors_origins = false;
    ByName<std::string> cors_origins;
    bool no_tcp_options = false;
    bool no_tls_options = false;
    bool disk_free_bytes_set = false;
};

// One setting on its way into the configuration.
struct Application {
    Config& config;
    Draft& draft;
    const Setting& setting;
    const Value& value;
    std::vector<ConfigError>& errors;

    const std::string& text() const { return std::get<std::string>(value); }
    void refuse(std::string message) const {
        errors.push_back({setting.file, setting.line, setting.key, std::move(message)});
    }
};

struct Binding {
    std::string pattern;  // as in the table of keys
    std::function<void(const Application&)> apply;
};

// By pattern; built once.
const std::map<std::string, Binding, std::less<>>& bindings();

// The parts, one for each group of keys.
void add_network_bindings(std::vector<Binding>& list);
void add_access_bindings(std::vector<Binding>& list);
void add_node_bindings(std::vector<Binding>& list);
void add_logging_bindings(std::vector<Binding>& list);
void add_management_bindings(std::vector<Binding>& list);
void add_prometheus_bindings(std::vector<Binding>& list);

// Moves what was gathered into the configuration. Call once, after all settings.
void finish(Draft& draft, Config& config);

}  // namespace warren::config
