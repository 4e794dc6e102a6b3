#include "session/handshake.h"

#include <fmt/format.h>

#include "base/log.h"
#include "broker/topology/topology.h"
#include "session/connection.h"
#include "session/server_properties.h"
#include "session/session_events.h"

namespace warren::session {

using amqp091::AmqpError;
using amqp091::MethodId;
using amqp091::ReplyCode;

namespace {

AmqpError refusal(ReplyCode code, std::string text) {
    return {code, std::move(text), 0, 0};
}

// Offer and answer of one tuned number; 0 stands for no limit (RabbitMQ's
// validate_negotiated_integer_value).
Handled check_tuned(std::string_view field, std::uint32_t least, std::uint32_t offered,
                    std::uint32_t answered) {
    const bool too_low = answered != 0 && answered < least;
    const bool too_high = offered != 0 && (answered == 0 || answered > offered);
    if (!too_low && !too_high) return {};
    return fail(refusal(ReplyCode::not_allowed,
                        fmt::format("negotiated {} = {} is {} than the {} allowed value ({})",
                                    field, answered, too_low ? "lower" : "higher",
                                    too_low ? "minimum" : "maximum", too_low ? least : offered)));
}

// As it was set last, else as configured.
std::string_view cluster_name(const broker::Topology& topology, const NodeSettings& settings) {
    const auto found = topology.global_parameters().find("cluster_name");
    const std::string* name =
        found == topology.global_parameters().end() ? nullptr : found->second.as_text();
    return name == nullptr ? std::string_view(settings.cluster_name) : *name;
}

void count_source(const Connection& connection, std::string_view user, auth::LoginOutcome outcome) {
    connection.context().logins.count(connection.endpoints().peer_host, user, "amqp091", outcome);
}

}  // namespace

std::string_view Handshake::stage_name() const {
    switch (stage_) {
        case Stage::starting:
            return "starting";
        case Stage::securing:
            return "securing";
        case Stage::tuning:
            return "tuning";
        case Stage::opening:
            return "opening";
        case Stage::open:
            return "running";
    }
    return "";
}

void Handshake::begin() {
    const NodeSettings& settings = connection_.settings();
    const std::string properties =
        server_properties(settings, cluster_name(connection_.shard().topology(), settings));
    const std::string mechanisms = connection_.context().sasl.offered(connection_.peer());
    connection_.send_method(
        {}, amqp091::ConnectionStart{
                .version_major = 0,
                .version_minor = 9,
                .server_properties = amqp091::TableView::of_checked(as_bytes(properties)),
                .mechanisms = mechanisms,
                .locales = "en_US"});
}

Handled Handshake::on_method(MethodId method, ByteView arguments) {
    // One line a stage: what may come, and who deals with it.
    switch (stage_) {
        case Stage::starting:
            if (method == MethodId::connection_start_ok)
                return decode_and<amqp091::ConnectionStartOk>(
                    arguments, [this](const auto& decoded) { return on_start_ok(decoded); });
            break;
        case Stage::securing:
            if (method == MethodId::connection_secure_ok)
                return decode_and<amqp091::ConnectionSecureOk>(
                    arguments, [this](const auto& decoded) { return on_secure_ok(decoded); });
            break;
        case Stage::tuning:
            if (method == MethodId::connection_tune_ok)
                return decode_and<amqp091::ConnectionTuneOk>(
                    arguments, [this](const auto& decoded) { return on_tune_ok(decoded); });
            break;
        case Stage::opening:
            if (method == MethodId::connection_open)
                return decode_and<amqp091::ConnectionOpen>(
                    arguments, [this](const auto& decoded) { return on_open(decoded); });
            break;
        case Stage::open:
            break;
    }
    return fail(error_of(method, ReplyCode::channel_error, "unexpected method"));
}

Handled Handshake::on_start_ok(const amqp091::ConnectionStartOk& method) {
    facts().client_properties = method.client_properties.decode();
    facts().mechanism = method.mechanism;
    auto mechanism = connection_.context().sasl.begin(method.mechanism, connection_.peer());
    if (!mechanism) return fail(refusal(ReplyCode::command_invalid, std::move(mechanism.error())));
    mechanism_ = std::move(*mechanism);
    return respond(as_bytes(method.response));
}

Handled Handshake::on_secure_ok(const amqp091::ConnectionSecureOk& method) {
    return respond(as_bytes(method.response));
}

Handled Handshake::respond(ByteView response) {
    auth::SaslStep step = mechanism_->respond(response);
    if (auto* challenge = std::get_if<auth::Challenge>(&step)) {
        stage_ = Stage::securing;
        connection_.send_method({}, amqp091::ConnectionSecure{.challenge = challenge->bytes});
        return {};
    }
    if (auto* malformed = std::get_if<auth::MalformedResponse>(&step))
        return fail(refusal(ReplyCode::syntax_error, std::move(malformed->text)));
    if (auto* refused = std::get_if<auth::LoginRefused>(&step))
        return refuse_login({}, refused->text);
    return login(std::get<auth::Credentials>(step));
}

Handled Handshake::login(const auth::Credentials& credentials) {
    auto identity = connection_.context().access.login(credentials, connection_.peer());
    if (!identity) return refuse_login(credentials.username, identity.error());
    identity_ = std::move(*identity);
    facts().user = identity_.username;
    ++connection_.context().traffic.logins_succeeded;
    count_source(connection_, identity_.username, auth::LoginOutcome::succeeded);
    mechanism_.reset();
    log::info(log::connection, "User '{}' authenticated successfully", identity_.username);
    tell_login(connection_);
    send_tune();
    stage_ = Stage::tuning;
    return {};
}

// Only clients that announce authentication_failure_close are told; for all others the socket
// closes.
Handled Handshake::refuse_login(std::string_view user, std::string_view log_text) {
    log::error(log::connection, "{} login refused: {}", facts().mechanism, log_text);
    ++connection_.context().traffic.logins_failed;
    count_source(connection_, user, auth::LoginOutcome::failed);
    tell_refused_login(connection_, user, log_text);
    if (!client_can("authentication_failure_close")) {
        connection_.finish();
        return {};
    }
    return fail(refusal(ReplyCode::access_refused, auth::login_refused_notice(facts().mechanism)));
}

void Handshake::send_tune() {
    const NodeSettings& settings = connection_.settings();
    connection_.send_method({}, amqp091::ConnectionTune{.channel_max = settings.channel_max,
                                                        .frame_max = settings.frame_bytes_max,
                                                        .heartbeat = settings.heartbeat_s});
}

Handled Handshake::on_tune_ok(const amqp091::ConnectionTuneOk& method) {
    const NodeSettings& settings = connection_.settings();
    if (auto fit = check_tuned("frame_max", limits::frame_bytes_min, settings.frame_bytes_max,
                               method.frame_max);
        !fit)
        return fit;
    if (auto fit = check_tuned("channel_max", 0, settings.channel_max, method.channel_max); !fit)
        return fit;
    connection_.reader_.set_frame_bytes_max(method.frame_max);
    facts().frame_bytes_max = method.frame_max;
    facts().channel_max = method.channel_max;
    facts().heartbeat_s = method.heartbeat;
    stage_ = Stage::opening;
    return {};
}

Handled Handshake::on_open(const amqp091::ConnectionOpen& method) {
    const std::string vhost(method.virtual_host);
    const auto refuse = [](std::string text) {
        return fail(error_of(MethodId::connection_open, ReplyCode::not_allowed, std::move(text)));
    };
    if (connection_.shard().topology().find_vhost(vhost) == nullptr)
        return refuse(fmt::format("vhost {} not found", vhost));
    if (auto allowed = connection_.context().access.allow_vhost(identity_, vhost); !allowed)
        return refuse(allowed.error());
    facts().vhost = vhost;
    connection_.request_admission({}, [this](broker::AdmissionOutcome outcome) {
        if (!outcome) {
            blame(outcome.error(), MethodId::connection_open);
            connection_.raise({}, outcome.error());
            return;
        }
        stage_ = Stage::open;
        connection_.state_ = Connection::State::running;
        connection_.opened_by_client_ = true;
        ++connection_.context().traffic.connections_opened;
        connection_.send_method({}, amqp091::ConnectionOpenOk{});
        log::info(log::connection,
                  "connection {}: user '{}' authenticated and granted access to vhost '{}'",
                  connection_.endpoints().name(), identity_.username, facts().vhost);
        tell_connection_created(connection_);
    });
    return {};
}

bool Handshake::client_can(std::string_view capability) const {
    const auto* capabilities = facts().client_properties.find("capabilities");
    if (capabilities == nullptr || capabilities->as_table() == nullptr) return false;
    const auto* value = capabilities->as_table()->find(capability);
    return value != nullptr && value->as_bool() != nullptr && *value->as_bool();
}

ConnectionFacts& Handshake::facts() const {
    return *connection_.facts_;
}

void Handshake::note_new_secret() const {
    log::info(log::connection, "connection {}: user '{}' updated secret",
              connection_.endpoints().name(), identity_.username);
}

}  // namespace warren::session
