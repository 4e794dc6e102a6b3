// Certificates of the node's listeners, and what the TLS library here knows.
#include <fmt/format.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <memory>

#include "cli/invocation.h"
#include "cli/listeners.h"

namespace warren::cli {

namespace {

constexpr unsigned healthy = 200;

// As RabbitMQ's tools describe a listener: with its purpose.
json::object described(json::object listener) {
    json::object with_purpose = listener_of(listener);
    for (auto& [key, value] : listener)
        if (!with_purpose.contains(key)) with_purpose[key] = std::move(value);
    return with_purpose;
}

// The certificates as they are in the files, so that they can go on to `openssl x509`.
Outcome certificates(Invocation& call) {
    call.say(fmt::format("Certificates of node {} ...", call.node_name()));
    const auto found = call.list("/api/node/certificates");
    if (!found) return fail(found.error());
    json::array list;
    for (const auto& listener : *found)
        list.push_back(described(listener.as_object()));
    if (call.show_json(list)) return {};
    for (const auto& listener : list) {
        call.print_line(listener_text(listener.as_object()));
        for (const char* file : {"cacertfile", "certfile"}) {
            const auto& content = listener.at(file).as_string();
            if (content.empty()) continue;
            call.print_line(fmt::format("{}:", file));
            call.print(view(content));
            if (!content.ends_with('\n')) call.print_line("");
        }
    }
    return {};
}

std::string dates(const json::value& times) {
    std::string text;
    for (const auto& time : times.as_array())
        text += (text.empty() ? "" : ", ") + cell_text(time);
    return text;
}

Failure expiring(Invocation& call, const Reply& reply) {
    json::array expired;
    boost::system::error_code error;
    const json::value body = json::parse(reply.body, error);
    const json::object* told_by_node = error ? nullptr : body.if_object();
    const json::value* listeners =
        told_by_node == nullptr ? nullptr : told_by_node->if_contains("expired");
    if (listeners == nullptr) return failure_of(reply);
    std::string text = "Some certificates end within that time:";
    for (const auto& listener : listeners->as_array()) {
        const json::object shown = described(listener.as_object());
        text += "\n" + listener_text(shown);
        for (const char* file : {"cacertfile", "certfile"})
            if (const std::string ends = dates(shown.at(std::string(file) + "_expires_on"));
                !ends.empty())
                text += fmt::format("\n{} {}: {}", file, cell_text(shown.at(file)), ends);
        expired.push_back(shown);
    }
    const bool told = call.show_json(json::object{{"result", "error"}, {"expired", expired}});
    return Failure{exit_code::unavailable, told ? std::string() : std::move(text), true};
}

Outcome check_certificates(Invocation& call) {
    const std::string within = call.has("within") ? std::string(call.option("within")) : "4";
    const std::string unit = call.has("unit") ? std::string(call.option("unit")) : "weeks";
    constexpr std::string_view units[] = {"days", "weeks", "months", "years"};
    if (within.starts_with('-')) return fail(invalid_option("within", within));
    if (std::ranges::find(units, unit) == std::end(units))
        return fail(Failure{.code = exit_code::usage,
                            .text = fmt::format("unit '{}' is not supported. Please use one of: "
                                                "days, weeks, months, years",
                                                unit),
                            .of_arguments = true});
    call.say(fmt::format("Checking certificate expiration on node {} ...", call.node_name()));
    const auto reply =
        call.ask({.path = fmt::format("/api/health/checks/certificate-expiration/{}/{}",
                                      path_part(within), path_part(unit))});
    if (!reply) return fail(reply.error());
    if (reply->status != healthy) return fail(expiring(call, *reply));
    call.conclude(fmt::format("No certificates are expiring within {} {}", within, unit));
    return {};
}

Outcome tls_versions(Invocation& call) {
    call.say("Listing all TLS versions supported by the TLS library ...");
    const json::array versions{"tlsv1.3", "tlsv1.2", "tlsv1.1", "tlsv1"};
    if (call.show_json(json::object{{"versions", versions}})) return {};
    for (const auto& version : versions)
        call.print_line(view(version.as_string()));
    return {};
}

Outcome cipher_suites(Invocation& call) {
    call.say("Listing available cipher suites of the TLS library ...");
    const std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context(SSL_CTX_new(TLS_method()),
                                                                      ::SSL_CTX_free);
    const STACK_OF(SSL_CIPHER)* ciphers = SSL_CTX_get_ciphers(context.get());
    json::array names;
    for (int n = 0; n < sk_SSL_CIPHER_num(ciphers); ++n)
        names.push_back(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, n)));
    if (call.show_json(names)) return {};
    for (const auto& name : names)
        call.print_line(view(name.as_string()));
    return {};
}

constexpr Option certificate_options[] = {{.name = "within", .whole_number = true}, {"unit"}};
constexpr Option cipher_options[] = {{"format"}, {"all", 0, false}};

constexpr auto diagnostics = tools::diagnostics;
constexpr auto group = Group::monitoring;

constexpr Command commands[] = {
    {"certificates", diagnostics, group, "", "Shows the certificates of the node's TLS listeners",
     0, 0, certificates},
    {"check_certificate_expiration", diagnostics, group, "[--within <period>] [--unit <unit>]",
     "Fails if a certificate of a listener ends soon", 0, 0, check_certificates,
     certificate_options},
    {"cipher_suites", diagnostics, group, "[--format <format>] [--all]",
     "Cipher suites of the TLS library", 0, 0, cipher_suites, cipher_options},
    {"tls_versions", diagnostics, group, "", "Versions of TLS that can be configured", 0, 0,
     tls_versions},
};

}  // namespace

std::span<const Command> tls_commands() {
    return commands;
}

}  // namespace warren::cli
