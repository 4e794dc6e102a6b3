#include "auth/sasl/amqplain.h"

#include "amqp091/table_view.h"

namespace warren::auth {

SaslStep AmqplainMechanism::respond(ByteView response) {
    const auto table = amqp091::TableView::check(response);
    if (!table) return MalformedResponse{"AMQPLAIN auth info is not a field table"};
    const auto login = table->find("LOGIN");
    const auto password = table->find("PASSWORD");
    if (!login || !password)
        return MalformedResponse{"AMQPLAIN auth info is missing LOGIN or PASSWORD field"};
    const auto is_string = [](const amqp091::FieldView& field) {
        return field.type == amqp091::FieldType::long_string ||
               field.type == amqp091::FieldType::bytes;
    };
    if (!is_string(*login) || !is_string(*password))
        return MalformedResponse{
            "AMQPLAIN auth info uses unsupported type for LOGIN or PASSWORD field"};
    return Credentials{std::string(as_text(login->value)), std::string(as_text(password->value))};
}

}  // namespace warren::auth
