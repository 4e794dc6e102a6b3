// x-recent-history: a fanout that remembers the last messages for bindings yet to come. Remembering
// and replaying is MessageHistory's work; the router only says which messages are to be remembered.
#include <fmt/format.h>

#include "amqp091/content_header.h"
#include "amqp091/erlang_text.h"
#include "broker/exchange/exchange_types.h"
#include "broker/exchange/message_history.h"
#include "broker/routing/route.h"

namespace warren::broker {

namespace {

using amqp091::FieldTable;
using amqp091::FieldValue;

constexpr std::string_view length_argument = "x-recent-history-length";
constexpr std::int64_t length_default = 20;

class RecentHistoryRouter final : public ExchangeRouter {
public:
    void add(Binding& binding) override { bindings_.add(binding); }
    void remove(Binding& binding) override { bindings_.remove(binding); }

    void route(const RoutingInput& input, RouteCollector& out) const override {
        const auto no_store = input.header->headers().find("x-recent-history-no-store");
        if (!no_store || no_store->as_bool() != true) out.remember();
        for (const Binding* binding : bindings_)
            out.add(*binding->destination);
    }

    // Each message must be seen, to be remembered.
    bool depends_only_on_key() const override { return false; }

private:
    RouterBindings bindings_;
};

std::unique_ptr<ExchangeRouter> make_router(const FieldTable&) {
    return std::make_unique<RecentHistoryRouter>();
}

ExchangeType::Check check_arguments(const FieldTable& arguments) {
    const FieldValue* length = arguments.find(length_argument);
    if (length == nullptr || length->as_integer().value_or(0) > 0) return {};
    std::string text = "Invalid argument ";
    amqp091::append_term(text, *length);
    text += fmt::format(", '{}' must be a positive integer", length_argument);
    return fail(amqp091::AmqpError{amqp091::ReplyCode::precondition_failed, std::move(text)});
}

}  // namespace

constinit const ExchangeType recent_history_exchange{
    .name = "x-recent-history",
    .description = "Recent History Exchange.",
    .make_router = make_router,
    .check_arguments = check_arguments,
};

void MessageHistory::remember(const ExchangeRecord& exchange, MessageRef message) {
    const FieldValue* length = exchange.arguments->find(length_argument);
    const auto length_max = static_cast<std::size_t>(
        length == nullptr ? length_default : length->as_integer().value_or(length_default));
    std::deque<MessageRef>& messages = exchanges_[exchange.id()];
    messages.push_back(std::move(message));
    while (messages.size() > length_max)
        messages.pop_front();
}

const std::deque<MessageRef>& MessageHistory::messages_of(ExchangeId exchange) const {
    static const std::deque<MessageRef> none;
    const auto found = exchanges_.find(exchange);
    return found == exchanges_.end() ? none : found->second;
}

}  // namespace warren::broker
