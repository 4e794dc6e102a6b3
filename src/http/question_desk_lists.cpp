// Lists of changes, as an import of definitions makes them (question_desk.h).
#include <algorithm>
#include <utility>

#include "cluster/shard_node.h"
#include "http/question_desk.h"

namespace warren::http {

namespace {

// What travels, and is synced, at once. Changes of others come in between.
constexpr std::size_t changes_at_once = 2048;

}  // namespace

struct QuestionDesk::ChangeList {
    std::vector<cluster::MetadataCommand> changes;
    Then<Result<void, RefusedChange>> then;
    std::vector<std::uint32_t> tickets;  // of those that are submitted
    std::size_t answered = 0;
    std::optional<RefusedChange> refused;
};

void QuestionDesk::submit_all(std::vector<cluster::MetadataCommand> changes,
                              Then<Result<void, RefusedChange>> then) {
    if (changes.empty()) return then({});
    auto list = std::make_shared<ChangeList>();
    list->changes = std::move(changes);
    list->then = std::move(then);
    submit_some(list);
}

void QuestionDesk::submit_some(const std::shared_ptr<ChangeList>& list) {
    const std::size_t first = list->tickets.size();
    const std::size_t end = std::min(first + changes_at_once, list->changes.size());
    cluster::MetadataRun run;
    run.reserve(end - first);
    for (std::size_t place = first; place < end; ++place) {
        const auto ticket = expect(Then<broker::TopologyOutcome>(
            [this, list, place](const broker::TopologyOutcome& outcome) {
                note_answer(list, place, outcome);
            }));
        list->tickets.push_back(ticket.number);
        run.push_back(
            {std::move(list->changes[place]), ticket, {}, broker::AnswerWhen::safe, actor_});
    }
    node_->submit_changes(std::move(run));
}

void QuestionDesk::note_answer(const std::shared_ptr<ChangeList>& list, std::size_t place,
                               const broker::TopologyOutcome& outcome) {
    ++list->answered;
    if (!outcome) {
        list->refused = RefusedChange{place, outcome.error().text};
        // Those behind it are not answered.
        while (list->tickets.size() > place + 1) {
            awaited_.erase(list->tickets.back());
            list->tickets.pop_back();
        }
    }
    if (list->answered < list->tickets.size()) return;
    if (list->refused) return std::exchange(list->then, nullptr)(fail(std::move(*list->refused)));
    if (list->tickets.size() < list->changes.size()) return submit_some(list);
    std::exchange(list->then, nullptr)({});
}

}  // namespace warren::http
