#include "app/shard_survey.h"

#include <utility>

namespace warren::app {

void ShardSurvey::start(std::unique_ptr<ShardSurvey> survey, runtime::Shard& asked,
                        runtime::Shard& observer) {
    asked.post_from_any_thread([survey = std::move(survey), &asked, &observer]() mutable {
        if (survey->look_at_some())
            start(std::move(survey), asked, observer);
        else
            observer.post_from_any_thread([survey = std::move(survey)] { survey->hand_over(); });
    });
}

}  // namespace warren::app
