#pragma once
// From the protocol header to connection.open-ok (AMQP 0-9-1, section 2.2.4): start, SASL, tune,
// open. What was agreed on stays in the
// connection's facts.
//
// The stages follow one another; a method of another stage is a 504 as RabbitMQ answers it.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "amqp091/field_table.h"
#include "amqp091/methods.h"
#include "amqp091/reply_code.h"
#include "auth/access_control.h"
#include "auth/sasl/mechanism.h"
#include "session/decode_and.h"

namespace warren::session {

class Connection;
struct ConnectionFacts;

class Handshake {
public:
    enum class Stage : std::uint8_t { starting, securing, tuning, opening, open };

    explicit Handshake(Connection& connection) : connection_(connection) {}

    // Sends connection.start.
    void begin();
    Handled on_method(amqp091::MethodId method, ByteView arguments);

    Stage stage() const { return stage_; }
    std::string_view stage_name() const;
    // Empty name until login has succeeded.
    const auth::Identity& identity() const { return identity_; }
    bool client_can(std::string_view capability) const;
    // connection.update-secret. The credentials of the internal backend do not expire: nothing is
    // asked again.
    void note_new_secret() const;

private:
    Handled on_start_ok(const amqp091::ConnectionStartOk& method);
    Handled on_secure_ok(const amqp091::ConnectionSecureOk& method);
    Handled on_tune_ok(const amqp091::ConnectionTuneOk& method);
    Handled on_open(const amqp091::ConnectionOpen& method);
    Handled respond(ByteView response);
    Handled login(const auth::Credentials& credentials);
    Handled refuse_login(std::string_view user, std::string_view log_text);
    void send_tune();

    ConnectionFacts& facts() const;

    Connection& connection_;
    Stage stage_ = Stage::starting;
    std::unique_ptr<auth::Mechanism> mechanism_;
    auth::Identity identity_;
};

}  // namespace warren::session
