// Certificates of the node's TLS listeners, as their files are now: what a listener has read when
// it began may be older, until the node is told to read them anew (SIGHUP).
#include <charconv>

#include "auth/certificate_file.h"
#include "http/json_support.h"
#include "http/routes/routes.h"

namespace warren::http::routes {

namespace {

constexpr unsigned unavailable = 503;

json::object listener_json(const Call& call, const ListenerFact& listener) {
    return {{"node", call.api().facts().node_name},
            {"port", listener.port},
            {"protocol", listener.protocol},
            {"interface", listener.address}};
}

// When the certificates of a file end, as far as that is before `horizon_ms`. A file that cannot be
// read is as good as one that has ended: its listener will not survive the next start.
json::array ends_before(const std::string& path, double horizon_ms) {
    json::array ends;
    if (path.empty()) return ends;
    const auto file = auth::read_certificate_file(path);
    if (!file) return json::array{json::string(file.error())};
    for (const WallTime end : file->ends)
        if (static_cast<double>(end.ms) <= horizon_ms)
            ends.push_back(json::string(auth::expiry_text(end)));
    return ends;
}

json::string content_of(const std::string& path) {
    if (path.empty()) return {};
    const auto file = auth::read_certificate_file(path);
    return json::string(file ? file->pem : file.error());
}

// Nothing: there is no such unit.
std::int64_t days_in(const std::string& unit) {
    if (unit == "days") return 1;
    if (unit == "weeks") return 7;
    if (unit == "months") return 30;
    return unit == "years" ? 365 : 0;
}

}  // namespace

void check_certificates(const CallRef& call) {
    const std::string& text = call->part("within");
    std::int64_t count = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (fault != std::errc() || end != text.data() + text.size() || count < 0)
        return call->refuse_bad("Invalid expiration value.");
    const std::int64_t days = days_in(call->part("unit"));
    if (days == 0)
        return call->refuse_bad(
            "Time unit not recognised. Supported units: days, weeks, months, years.");
    constexpr double ms_per_day = 86'400'000.0;
    const double horizon_ms = static_cast<double>(call->api().now().wall.ms) +
                              static_cast<double>(count) * static_cast<double>(days) * ms_per_day;
    json::array expired;
    for (const ListenerFact& listener : call->api().facts().listeners) {
        if (!listener.tls) continue;
        json::array authority = ends_before(listener.authority_file, horizon_ms);
        json::array own = ends_before(listener.certificate_file, horizon_ms);
        if (authority.empty() && own.empty()) continue;
        json::object shown = listener_json(*call, listener);
        shown["cacertfile"] = listener.authority_file;
        shown["certfile"] = listener.certificate_file;
        shown["cacertfile_expires_on"] = std::move(authority);
        shown["certfile_expires_on"] = std::move(own);
        expired.push_back(std::move(shown));
    }
    if (expired.empty()) return call->respond_json(json::object{{"status", "ok"}});
    call->respond_json(json::object{{"status", "failed"},
                                    {"reason", "Certificates expiring"},
                                    {"expired", std::move(expired)}},
                       unavailable);
}

void get_certificates(const CallRef& call) {
    json::array list;
    for (const ListenerFact& listener : call->api().facts().listeners) {
        if (!listener.tls) continue;
        json::object shown = listener_json(*call, listener);
        shown["cacertfile"] = content_of(listener.authority_file);
        shown["certfile"] = content_of(listener.certificate_file);
        list.push_back(std::move(shown));
    }
    call->respond_json(list);
}

}  // namespace warren::http::routes
