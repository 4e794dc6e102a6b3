#include "app/config/bindings.h"

#include <algorithm>

#include "app/config/assign.h"

namespace warren::config {

bool NaturalLess::operator()(std::string_view left, std::string_view right) const {
    const auto is_number = [](std::string_view text) {
        return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
    };
    if (is_number(left) && is_number(right)) {
        const auto without_zeros = [](std::string_view text) {
            return text.substr(std::min(text.find_first_not_of('0'), text.size()));
        };
        const std::string_view l = without_zeros(left), r = without_zeros(right);
        if (l.size() != r.size()) return l.size() < r.size();
        if (l != r) return l < r;
    }
    return left < right;
}

const std::map<std::string, Binding, std::less<>>& bindings() {
    static const auto all = [] {
        std::vector<Binding> list;
        add_network_bindings(list);
        add_access_bindings(list);
        add_node_bindings(list);
        add_logging_bindings(list);
        add_management_bindings(list);
        add_prometheus_bindings(list);
        std::map<std::string, Binding, std::less<>> by_pattern;
        for (Binding& binding : list) {
            std::string pattern = binding.pattern;
            const bool is_new = by_pattern.emplace(std::move(pattern), std::move(binding)).second;
            ENSURE(is_new);
        }
        return by_pattern;
    }();
    return all;
}

namespace {

template <typename T>
std::vector<T> values_of(ByName<T>& by_name) {
    std::vector<T> values;
    for (auto& [name, value] : by_name)
        values.push_back(std::move(value));
    return values;
}

std::vector<std::string> names_that_are_true(const ByName<bool>& by_name) {
    std::vector<std::string> names;
    for (const auto& [name, is_true] : by_name)
        if (is_true) names.push_back(name);
    return names;
}

void finish_listeners(Draft& draft, Config& config) {
    if (!draft.tcp_listeners.empty()) config.listeners.tcp = values_of(draft.tcp_listeners);
    if (!draft.tls_listeners.empty()) config.listeners.tls = values_of(draft.tls_listeners);
    if (draft.no_tcp_listeners) config.listeners.tcp.clear();
    if (draft.no_tls_listeners) config.listeners.tls.clear();
    if (draft.no_tcp_options) {
        // RabbitMQ's empty list of options: the system's own settings.
        config.tcp = TcpOptions{};
        config.tcp.nodelay = false;
        config.tcp.linger_on = false;
    }
    if (draft.no_tls_options) config.tls = TlsOptions{};
}

void finish_tls(ByName<std::string>& versions, ByName<std::string>& ciphers, TlsOptions& tls) {
    if (!ciphers.empty()) tls.ciphers = values_of(ciphers);
    if (versions.empty()) return;
    static constexpr Word<TlsVersion> words[] = {{"tlsv1", TlsVersion::tls1_0},
                                                 {"tlsv1.1", TlsVersion::tls1_1},
                                                 {"tlsv1.2", TlsVersion::tls1_2},
                                                 {"tlsv1.3", TlsVersion::tls1_3}};
    tls.versions.clear();
    for (const auto& [name, word] : versions)
        tls.versions.push_back(meaning_of(words, Value(word)));
    std::ranges::sort(tls.versions);
    const auto repeated = std::ranges::unique(tls.versions);
    tls.versions.erase(repeated.begin(), repeated.end());
}

void finish_access(Draft& draft, Config& config) {
    // Any key of a list replaces the default list (RabbitMQ: `loopback_users.guest = false` empties
    // it).
    if (!draft.loopback_users.empty())
        config.auth.loopback_users = names_that_are_true(draft.loopback_users);
    if (draft.no_loopback_users) config.auth.loopback_users.clear();
    if (!draft.user_tags.empty()) config.defaults.user_tags = names_that_are_true(draft.user_tags);
    if (!draft.mechanisms.empty()) config.auth.mechanisms = values_of(draft.mechanisms);
    if (!draft.backends.empty()) config.auth.backends.clear();
    for (auto& [position, backend] : draft.backends) {
        // RabbitMQ completes a pair with the half that is there.
        if (backend.authz.empty()) backend.authz = backend.authn;
        if (backend.authn.empty()) backend.authn = backend.authz;
        config.auth.backends.push_back(std::move(backend));
    }
    for (auto& [name, user] : draft.users)
        user.name = name;
    for (auto& [id, limits] : draft.vhost_limits)
        limits.id = id;
    config.defaults.users = values_of(draft.users);
    config.defaults.vhost_limits = values_of(draft.vhost_limits);
    for (auto& [id, policy] : draft.operator_policies)
        policy.id = id;
    config.defaults.operator_policies = values_of(draft.operator_policies);
}

}  // namespace

void finish(Draft& draft, Config& config) {
    finish_listeners(draft, config);
    if (!draft.no_tls_options) finish_tls(draft.tls_versions, draft.tls_ciphers, config.tls);
    finish_tls(draft.management_tls_versions, draft.management_tls_ciphers, config.management.tls);
    finish_tls(draft.prometheus_tls_versions, draft.prometheus_tls_ciphers, config.prometheus.tls);
    if (!draft.no_cors_origins) config.management.cors_origins = values_of(draft.cors_origins);
    finish_access(draft, config);
    if (draft.disk_free_bytes_set) config.resources.disk_free_memory_multiple.reset();
}

}  // namespace warren::config
