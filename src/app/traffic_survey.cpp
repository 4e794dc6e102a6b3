// What sessions have done, and what went through exchanges: each shard tells its own, some a turn.
#include <memory>
#include <unordered_map>
#include <utility>

#include "app/shard_reporter.h"
#include "app/shard_survey.h"

namespace warren::app {

namespace {

// To look at a connection or a channel takes a fraction of a microsecond.
constexpr std::size_t looks_per_turn = 128;

class TrafficSurvey final : public ShardSurvey {
public:
    using Sum = Gathering<http::SessionSums>;
    using Show = std::shared_ptr<const http::ShardReports::ShowSessions>;

    TrafficSurvey(const ShardReporter::Source& source, runtime::Shard& observer,
                  session::Details details, Show show, std::shared_ptr<Sum> sum)
        : source_(source),
          observer_(observer),
          details_(details),
          show_(std::move(show)),
          sum_(std::move(sum)) {}

private:
    bool look_at_some() override {
        // First, so that nobody is counted twice: who closes meanwhile is missed this time.
        if (std::exchange(is_first_turn_, false))
            sums_.by_vhost = source_.sessions->vhosts().closed();
        http::SessionPiece piece;
        const bool more =
            source_.sessions->walk(place_, looks_per_turn, [&](const auto& connection) {
                if (auto report = connection.report()) piece.connections.push_back(*report);
                return 1 + connection.report_channels(piece.channels, details_);
            });
        for (const auto& connection : piece.connections)
            sums_.add(connection);
        for (const auto& channel : piece.channels)
            sums_.add(channel);
        if (*show_ && !(piece.connections.empty() && piece.channels.empty()))
            observer_.post_from_any_thread(
                [show = show_, piece = std::move(piece)] { (*show)(piece); });
        return more;
    }
    void hand_over() override {
        sum_->answer += sums_;
        sum_->shard_done();
    }

    const ShardReporter::Source source_;
    runtime::Shard& observer_;
    const session::Details details_;
    const Show show_;
    std::shared_ptr<Sum> sum_;
    bool is_first_turn_ = true;
    std::size_t place_ = 0;
    http::SessionSums sums_;
};

// Returns how many further looks that was.
std::size_t add_to(http::ExchangeReports& reports, const session::ExchangeTable::Known& exchange,
                   session::Details details) {
    const session::ExchangeTraffic& traffic = *exchange.traffic;
    http::ExchangeReport& report = reports.by_exchange[exchange.id];
    report.counters = traffic.counters;
    reports.by_vhost[traffic.of_vhost] += traffic.counters;
    if (details == session::Details::yes)
        for (const auto& [queue, copies] : traffic.copies)
            report.copies.emplace(queue, *copies);
    return report.copies.size() / 4;
}

class ExchangeSurvey final : public ShardSurvey {
public:
    using Sum = Gathering<http::ExchangeReports>;

    ExchangeSurvey(const ShardReporter::Source& source, session::Details details,
                   std::shared_ptr<Sum> sum)
        : exchanges_(source.sessions->exchanges()), details_(details), sum_(std::move(sum)) {}

private:
    bool look_at_some() override {
        // At one moment: what is forgotten meanwhile is still here, once.
        if (std::exchange(is_first_turn_, false)) {
            left_ = exchanges_.known();
            reports_.by_vhost = exchanges_.forgotten();
        }
        for (std::size_t looks = 0; looks < looks_per_turn && !left_.empty(); ++looks) {
            looks += add_to(reports_, left_.back(), details_);
            left_.pop_back();
        }
        return !left_.empty();
    }
    void hand_over() override {
        sum_->answer += reports_;
        sum_->shard_done();
    }

    const session::ExchangeTable& exchanges_;
    const session::Details details_;
    std::shared_ptr<Sum> sum_;
    bool is_first_turn_ = true;
    std::vector<session::ExchangeTable::Known> left_;  // to be looked at, from the back
    http::ExchangeReports reports_;
};

}  // namespace

void ShardReporter::survey_sessions(session::Details details, ShowSessions show,
                                    Then<http::SessionSums> then) {
    auto sum = std::make_shared<TrafficSurvey::Sum>();
    sum->then = std::move(then);
    const auto shared = std::make_shared<const ShowSessions>(std::move(show));
    std::vector<std::unique_ptr<TrafficSurvey>> surveys;
    for (const Source& source : sources_)
        surveys.push_back(std::make_unique<TrafficSurvey>(source, observer_, details, shared, sum));
    ShardSurvey::start_all(std::move(surveys), sources_, observer_, sum);
}

void ShardReporter::survey_exchanges(session::Details details, Then<http::ExchangeReports> then) {
    auto sum = std::make_shared<ExchangeSurvey::Sum>();
    sum->then = std::move(then);
    if (over_http_ != nullptr) {
        sum->answer.by_vhost = over_http_->exchanges().forgotten();
        for (const auto& exchange : over_http_->exchanges().known())
            add_to(sum->answer, exchange, details);
    }
    std::vector<std::unique_ptr<ExchangeSurvey>> surveys;
    for (const Source& source : sources_)
        surveys.push_back(std::make_unique<ExchangeSurvey>(source, details, sum));
    ShardSurvey::start_all(std::move(surveys), sources_, observer_, sum);
}

}  // namespace warren::app
