#pragma once
// Publishes the messages of one source, with confirms, as fast as its window allows.
#include "confirm_window.h"
#include "message.h"
#include "record.h"
#include "session.h"

namespace crash {

// Of all sources, over all rounds.
using Sequences = std::vector<std::uint64_t>;

class Publisher final : public Session {
public:
    Publisher(const loadgen::Target& target, const Plan& plan, SourceIndex source,
              const MessageMaker& maker, Record& record, Sequences& next, Faults& faults);
    void work() override;

private:
    void on_method(loadgen::Method method, std::string_view arguments) override;

    const SourcePlan& plan_;
    SourceIndex source_;
    const MessageMaker& maker_;
    Record& record_;
    std::uint64_t& next_;
    std::uint64_t left_;  // of this round's quota
    ConfirmWindow window_;
};

// confirm.select, and its answer; throws loadgen::BrokerError.
void select_confirms(Session& session);

}  // namespace crash
