// Logins by their sources: asked of all shards, switched on and off, forgotten.
#include <memory>
#include <utility>

#include "app/shard_reporter.h"
#include "app/shard_survey.h"

namespace warren::app {

namespace {

// There is a bound to what a shard remembers: one look is enough.
class LoginSurvey final : public ShardSurvey {
public:
    using Sum = Gathering<auth::LoginsBySource>;

    LoginSurvey(const auth::LoginSources& sources, std::shared_ptr<Sum> sum)
        : sources_(sources), sum_(std::move(sum)) {}

private:
    bool look_at_some() override {
        sources_.add_to(logins_);
        return false;
    }
    void hand_over() override {
        for (const auto& [source, counts] : logins_)
            sum_->answer[source] += counts;
        sum_->shard_done();
    }

    const auth::LoginSources& sources_;
    std::shared_ptr<Sum> sum_;
    auth::LoginsBySource logins_;
};

struct Nothing {};

class LoginChange final : public ShardSurvey {
public:
    using Sum = Gathering<Nothing>;

    LoginChange(auth::LoginSources& sources, const http::ShardReports::ChangeLogins& change,
                std::shared_ptr<Sum> sum)
        : sources_(sources), change_(change), sum_(std::move(sum)) {}

private:
    bool look_at_some() override {
        change_(sources_);
        return false;
    }
    void hand_over() override { sum_->shard_done(); }

    auth::LoginSources& sources_;
    http::ShardReports::ChangeLogins change_;
    std::shared_ptr<Sum> sum_;
};

}  // namespace

void ShardReporter::survey_logins(Then<auth::LoginsBySource> then) {
    auto sum = std::make_shared<LoginSurvey::Sum>();
    sum->then = std::move(then);
    if (http_logins_ != nullptr) http_logins_->add_to(sum->answer);
    std::vector<std::unique_ptr<LoginSurvey>> surveys;
    for (const Source& source : sources_)
        surveys.push_back(std::make_unique<LoginSurvey>(source.sessions->logins(), sum));
    ShardSurvey::start_all(std::move(surveys), sources_, observer_, sum);
}

void ShardReporter::change_logins(ChangeLogins change, std::move_only_function<void()> then) {
    auto sum = std::make_shared<LoginChange::Sum>();
    sum->then = [then = std::move(then)](Nothing) mutable { then(); };
    if (http_logins_ != nullptr) change(*http_logins_);
    std::vector<std::unique_ptr<LoginChange>> surveys;
    for (const Source& source : sources_)
        surveys.push_back(std::make_unique<LoginChange>(source.sessions->logins(), change, sum));
    ShardSurvey::start_all(std::move(surveys), sources_, observer_, sum);
}

}  // namespace warren::app
