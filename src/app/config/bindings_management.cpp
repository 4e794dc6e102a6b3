// Keys of the group "Management". Keys of the older form, management.listener.*, mean the same as
// those of today for one listener, plain or with TLS.
#include <charconv>
#include <map>

#include "app/config/assign.h"
#include "app/config/bindings_tls.h"

namespace warren::config {

namespace {

constexpr auto management = &Config::management;

// "...policies.global.hour = 60": for an hour, a sample every 60 seconds.
void add_retention(const Application& a) {
    const std::vector<std::string>& segments = a.setting.segments;
    const std::string& section = segments[segments.size() - 2];
    const std::string& length = segments.back();
    if (section != "global" && section != "basic" && section != "detailed")
        return a.refuse("there is no section '" + section + "': global, basic, detailed");
    const std::map<std::string, std::int64_t> names{
        {"minute", 60}, {"hour", 3600}, {"day", 86'400}};
    std::int64_t length_s = 0;
    if (const auto named = names.find(length); named != names.end()) length_s = named->second;
    if (length_s == 0) std::from_chars(length.data(), length.data() + length.size(), length_s);
    const std::int64_t interval_s = std::get<std::int64_t>(a.value);
    constexpr std::int64_t seconds_max = 366 * 86'400;
    if (length_s <= 0 || length_s > seconds_max || interval_s <= 0 || interval_s > seconds_max)
        return a.refuse("expected minute, hour, day or seconds, and a number of seconds");
    a.config.management.retention[section][length_s] = interval_s;
}

void add_listeners(std::vector<Binding>& list) {
    list.push_back(field<management, &Management::tcp_port>("management.tcp.port"));
    list.push_back(field<management, &Management::tcp_host>("management.tcp.ip"));
    list.push_back(field<management, &Management::tls_port>("management.ssl.port"));
    list.push_back(field<management, &Management::tls_host>("management.ssl.ip"));
    list.push_back(field<management, &Management::legacy_port>("management.listener.port"));
    list.push_back(field<management, &Management::legacy_host>("management.listener.ip"));
    list.push_back(field<management, &Management::legacy_is_tls>("management.listener.ssl"));
}

void add_tls(std::vector<Binding>& list) {
    const TlsOf tls = [](Config& config) -> TlsOptions& { return config.management.tls; };
    for (const char* group : {"management.ssl.", "management.listener.ssl_opts."}) {
        add_tls_identity_bindings(list, group, tls);
        add_tls_session_bindings(list, group, tls);
        list.push_back({group + std::string("versions.$version"), [](const Application& a) {
                            a.draft.management_tls_versions[a.setting.segments.back()] = a.text();
                        }});
    }
    list.push_back({"management.ssl.ciphers.$cipher", [](const Application& a) {
                        a.draft.management_tls_ciphers[a.setting.segments.back()] = a.text();
                    }});
}

void add_connections(std::vector<Binding>& list) {
    for (const char* group :
         {"management.tcp.", "management.ssl.", "management.listener.server."}) {
        list.push_back({group + std::string("idle_timeout"), [](const Application& a) {
                            assign(a.config.management.idle_timeout_ms, a.value);
                        }});
        list.push_back({group + std::string("request_timeout"), [](const Application& a) {
                            assign(a.config.management.request_timeout_ms, a.value);
                        }});
        list.push_back({group + std::string("inactivity_timeout"), [](const Application& a) {
                            assign(a.config.management.inactivity_timeout_ms, a.value);
                        }});
    }
    list.push_back(field<management, &Management::body_bytes_max>("management.http.max_body_size"));
}

void add_answers(std::vector<Binding>& list) {
    list.push_back(field<management, &Management::path_prefix>("management.path_prefix"));
    list.push_back(
        field<management, &Management::content_security_policy>("management.csp.policy"));
    list.push_back(
        field<management, &Management::hides_allow_header>("management.http.hide_allow_header"));
    constexpr std::pair<const char*, const char*> headers[] = {
        {"management.hsts.policy", "strict-transport-security"},
        {"management.headers.content_type_options", "x-content-type-options"},
        {"management.headers.xss_protection", "x-xss-protection"},
        {"management.headers.frame_options", "x-frame-options"},
        {"management.headers.referrer_policy", "referrer-policy"}};
    for (const auto& [key, header] : headers)
        list.push_back({key, [header = header](const Application& a) {
                            a.config.management.headers[header] = a.text();
                        }});
    list.push_back({"management.cors.allow_origins.$name", [](const Application& a) {
                        a.draft.cors_origins[a.setting.segments.back()] = a.text();
                    }});
    list.push_back({"management.cors.allow_origins",
                    [](const Application& a) { a.draft.no_cors_origins = true; }});
    list.push_back(field<management, &Management::cors_max_age_s>("management.cors.max_age"));
    list.push_back(
        field<management, &Management::disables_basic_auth>("management.disable_basic_auth"));
    list.push_back(field<management, &Management::disables_stats>("management.disable_stats"));
    list.push_back(
        field<management, &Management::shows_queue_totals>("management.enable_queue_totals"));
    list.push_back(field<management, &Management::rates_mode>("management.rates_mode"));
    list.push_back(
        field<management, &Management::sample_interval_ms>("collect_statistics_interval"));
    list.push_back(
        field<management, &Management::histories_bytes_max>("management.max_histories_size"));
    list.push_back({"management.sample_retention_policies.$section.$interval", add_retention});
    list.push_back({"management_agent.disable_metrics_collector", [](const Application& a) {
                        a.config.management.collects_stats = !std::get<bool>(a.value);
                    }});
}

}  // namespace

void add_management_bindings(std::vector<Binding>& list) {
    add_listeners(list);
    add_tls(list);
    add_connections(list);
    add_answers(list);
}

}  // namespace warren::config
