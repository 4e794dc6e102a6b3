// Questions about connections and channels, and the order to close some.
#include <memory>
#include <utility>

#include "app/shard_reporter.h"
#include "app/shard_survey.h"

namespace warren::app {

namespace {

// To look at one takes a fraction of a microsecond; to close one, some.
constexpr std::size_t looks_per_turn = 256;
constexpr std::size_t closed_per_turn = 64;

// Goes over connections: all of a shard, or those that were chosen.
template <typename Report>
class SessionSurvey : public ShardSurvey {
public:
    using Sum = Gathering<std::vector<Report>>;

    SessionSurvey(const session::SessionTable& sessions, std::shared_ptr<Sum> sum)
        : sessions_(sessions), sum_(std::move(sum)) {}

    // Without it, all.
    void choose(ConnectionId connection) {
        all_ = false;
        chosen_.push_back(connection);
    }

protected:
    std::vector<Report>& reports() { return reports_; }

private:
    // How many looks it took.
    virtual std::size_t look_at(const session::Connection& connection) = 0;

    bool look_at_some() final {
        if (all_)
            return sessions_.walk(place_, looks_per_turn,
                                  [this](const auto& connection) { return look_at(connection); });
        for (std::size_t looks = 0; looks < looks_per_turn && !chosen_.empty();) {
            const auto* connection = sessions_.find(chosen_.back());
            looks += connection == nullptr ? 1 : look_at(*connection);
            chosen_.pop_back();
        }
        return !chosen_.empty();
    }
    void hand_over() final {
        auto& answer = sum_->answer;
        answer.insert(answer.end(), std::make_move_iterator(reports_.begin()),
                      std::make_move_iterator(reports_.end()));
        sum_->shard_done();
    }

    const session::SessionTable& sessions_;
    std::shared_ptr<Sum> sum_;
    bool all_ = true;
    std::vector<ConnectionId> chosen_;
    std::size_t place_ = 0;
    std::vector<Report> reports_;
};

class ConnectionSurvey final : public SessionSurvey<session::ConnectionReport> {
public:
    using SessionSurvey::SessionSurvey;

private:
    std::size_t look_at(const session::Connection& connection) override {
        if (auto report = connection.report()) reports().push_back(std::move(*report));
        return 1;
    }
};

template <session::Details details>
class ChannelSurvey final : public SessionSurvey<session::ChannelReport> {
public:
    using SessionSurvey::SessionSurvey;

private:
    std::size_t look_at(const session::Connection& connection) override {
        return 1 + connection.report_channels(reports(), details);
    }
};

class Closing final : public ShardSurvey {
public:
    using Sum = Gathering<std::size_t>;

    Closing(const session::SessionTable& sessions, std::string reason, std::shared_ptr<Sum> sum)
        : sessions_(sessions), reason_(std::move(reason)), sum_(std::move(sum)) {}

    void choose(ConnectionId connection) { chosen_.push_back(connection); }

private:
    bool look_at_some() override {
        for (std::size_t count = 0; count < closed_per_turn && !chosen_.empty(); ++count) {
            if (auto* connection = sessions_.find(chosen_.back())) {
                connection->force_close(reason_);
                ++closed_;
            }
            chosen_.pop_back();
        }
        return !chosen_.empty();
    }
    void hand_over() override {
        sum_->answer += closed_;
        sum_->shard_done();
    }

    const session::SessionTable& sessions_;
    const std::string reason_;
    std::shared_ptr<Sum> sum_;
    std::vector<ConnectionId> chosen_;
    std::size_t closed_ = 0;
};

template <typename Survey>
std::vector<std::unique_ptr<Survey>> survey_all(const std::vector<ShardReporter::Source>& sources,
                                                const std::shared_ptr<typename Survey::Sum>& sum) {
    std::vector<std::unique_ptr<Survey>> surveys;
    for (const auto& source : sources)
        surveys.push_back(std::make_unique<Survey>(*source.sessions, sum));
    return surveys;
}

// `make` makes the survey of a shard that has one of these at least. Numbers of connections that
// are of none of these shards are the observer's own.
template <typename Survey, typename Make>
std::vector<std::unique_ptr<Survey>> survey_these(std::span<const ConnectionId> connections,
                                                  std::size_t shards, Make&& make) {
    std::vector<std::unique_ptr<Survey>> surveys(shards);
    for (const ConnectionId connection : connections) {
        const std::size_t shard = connection.shard().value;
        if (shard >= shards) continue;
        if (surveys[shard] == nullptr) surveys[shard] = make(shard);
        surveys[shard]->choose(connection);
    }
    return surveys;
}

template <typename Answer>
std::shared_ptr<Gathering<Answer>> gathering(ShardReporter::Then<Answer> then) {
    auto sum = std::make_shared<Gathering<Answer>>();
    sum->then = std::move(then);
    return sum;
}

}  // namespace

void ShardReporter::survey_connections(Then<std::vector<session::ConnectionReport>> then) {
    const auto sum = gathering(std::move(then));
    ShardSurvey::start_all(survey_all<ConnectionSurvey>(sources_, sum), sources_, observer_, sum);
}

void ShardReporter::survey_connections_of(std::vector<ConnectionId> connections,
                                          Then<std::vector<session::ConnectionReport>> then) {
    const auto sum = gathering(std::move(then));
    ShardSurvey::start_all(
        survey_these<ConnectionSurvey>(connections, sources_.size(),
                                       [&](std::size_t shard) {
                                           return std::make_unique<ConnectionSurvey>(
                                               *sources_[shard].sessions, sum);
                                       }),
        sources_, observer_, sum);
}

namespace {

template <typename Survey>
void survey_channels_by(const std::vector<ShardReporter::Source>& sources, runtime::Shard& observer,
                        ShardReporter::Then<std::vector<session::ChannelReport>> then) {
    const auto sum = gathering(std::move(then));
    ShardSurvey::start_all(survey_all<Survey>(sources, sum), sources, observer, sum);
}

template <typename Survey>
void survey_channels_of_by(const std::vector<ConnectionId>& connections,
                           const std::vector<ShardReporter::Source>& sources,
                           runtime::Shard& observer,
                           ShardReporter::Then<std::vector<session::ChannelReport>> then) {
    const auto sum = gathering(std::move(then));
    ShardSurvey::start_all(survey_these<Survey>(connections, sources.size(),
                                                [&](std::size_t shard) {
                                                    return std::make_unique<Survey>(
                                                        *sources[shard].sessions, sum);
                                                }),
                           sources, observer, sum);
}

}  // namespace

void ShardReporter::survey_channels(session::Details details,
                                    Then<std::vector<session::ChannelReport>> then) {
    if (details == session::Details::yes)
        survey_channels_by<ChannelSurvey<session::Details::yes>>(sources_, observer_,
                                                                 std::move(then));
    else
        survey_channels_by<ChannelSurvey<session::Details::no>>(sources_, observer_,
                                                                std::move(then));
}

void ShardReporter::survey_channels_of(std::vector<ConnectionId> connections,
                                       session::Details details,
                                       Then<std::vector<session::ChannelReport>> then) {
    if (details == session::Details::yes)
        survey_channels_of_by<ChannelSurvey<session::Details::yes>>(connections, sources_,
                                                                    observer_, std::move(then));
    else
        survey_channels_of_by<ChannelSurvey<session::Details::no>>(connections, sources_, observer_,
                                                                   std::move(then));
}

void ShardReporter::close_connections(std::vector<ConnectionId> connections, std::string reason,
                                      Then<std::size_t> then) {
    const auto sum = gathering(std::move(then));
    ShardSurvey::start_all(survey_these<Closing>(connections, sources_.size(),
                                                 [&](std::size_t shard) {
                                                     return std::make_unique<Closing>(
                                                         *sources_[shard].sessions, reason, sum);
                                                 }),
                           sources_, observer_, sum);
}

}  // namespace warren::app
