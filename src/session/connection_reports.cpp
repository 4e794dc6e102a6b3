// What a connection and its channels tell about themselves.
#include "session/channel.h"
#include "session/connection.h"

namespace warren::session {

ConnectionState Connection::shown_state() const {
    if (state_ == State::closing) return ConnectionState::closing;
    if (held_by_alarm_) return ConnectionState::blocked;
    if (!context_.blocked_reason.empty()) return ConnectionState::blocking;
    return publishes_ && shard().congested() ? ConnectionState::flow : ConnectionState::running;
}

std::optional<ConnectionReport> Connection::report() const {
    if (!opened_by_client_ || state_ == State::finished) return std::nullopt;
    return ConnectionReport{.facts = facts_,
                            .state = shown_state(),
                            .released = released_,
                            .channels = channel_count_,
                            .socket = host_.socket_traffic(),
                            .unsent_bytes = output_.size()};
}

std::size_t Connection::report_channels(std::vector<ChannelReport>& reports,
                                        Details details) const {
    if (released_) return 0;
    for (const auto& channel : channels_)
        if (channel != nullptr && channel->open())
            reports.push_back(channel->report(facts_, shown_state(), details));
    return channels_.size();
}

ChannelReport Channel::report(ConnectionFactsRef facts, ConnectionState state, Details details) {
    ChannelReport report{.facts = std::move(facts),
                         .id = id_,
                         .incarnation = incarnation_,
                         .state = state,
                         .consumers = consumers_.size()};
    if (const auto* window = publisher_.window(); window != nullptr && transaction_ == nullptr) {
        report.confirms = true;
        report.unconfirmed = window->outstanding();
    }
    if (transaction_ != nullptr) {
        report.transactional = true;
        report.uncommitted_messages = transaction_->messages.size();
        report.uncommitted_settlements = transaction_->settlements.size();
    }
    if (reply_consumer != nullptr) ++report.consumers;
    report.consumer_prefetch = consumer_prefetch;
    report.shared_prefetch = prefetch_limit_.limit();
    report.unacked = unacked_.size();
    if (!unacked_.empty()) {
        const std::uint32_t now_s = UnackedDelivery::seconds_of(shard().now().instant);
        const std::uint32_t then_s = unacked_.find(unacked_.first_key())->delivered_s;
        report.oldest_unacked_ms = std::int64_t{now_s - then_s} * 1000;
    }
    traffic_.report(report, details);
    return report;
}

}  // namespace warren::session
