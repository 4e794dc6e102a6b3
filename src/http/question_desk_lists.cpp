// Lists of changes, as an import of definitions makes them (question_desk.h).
#include <utility>

#include "cluster/shard_node.h"
#include "http/question_desk.h"

namespace warren::http {

struct QuestionDesk::ChangeList {
    Then<Result<void, RefusedChange>> then;
    std::vector<std::uint32_t> tickets;  // of those that will be answered
    std::size_t answered = 0;
    std::optional<RefusedChange> refused;
};

// As one run: it becomes safe as a whole or not at all.
void QuestionDesk::submit_all(std::vector<cluster::MetadataCommand> changes,
                              Then<Result<void, RefusedChange>> then) {
    if (changes.empty()) return then({});
    node_->submit_changes(run_of(std::move(changes), std::move(then)));
}

void QuestionDesk::submit_undisturbed(Prepare prepare, Then<Result<void, RefusedChange>> then) {
    node_->keep_place(expect(
        Then<broker::TopologyOutcome>([this, prepare = std::move(prepare), then = std::move(then)](
                                          const broker::TopologyOutcome&) mutable {
            auto changes = prepare();
            if (!changes || changes->empty()) {
                node_->fill_place({});
                if (changes) then({});
                return;
            }
            node_->fill_place(run_of(std::move(*changes), std::move(then)));
        })));
}

// Ready to be submitted.
cluster::MetadataRun QuestionDesk::run_of(std::vector<cluster::MetadataCommand> changes,
                                          Then<Result<void, RefusedChange>> then) {
    auto list = std::make_shared<ChangeList>();
    list->then = std::move(then);
    cluster::MetadataRun run;
    run.reserve(changes.size());
    for (std::size_t place = 0; place < changes.size(); ++place) {
        const auto ticket = expect(Then<broker::TopologyOutcome>(
            [this, list, place](const broker::TopologyOutcome& outcome) {
                note_answer(list, place, outcome);
            }));
        list->tickets.push_back(ticket.number);
        run.push_back({std::move(changes[place]), ticket, {}, broker::AnswerWhen::safe, actor_});
    }
    return run;
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
    std::exchange(list->then, nullptr)({});
}

}  // namespace warren::http
