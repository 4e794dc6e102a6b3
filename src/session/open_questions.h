#pragma once
// Questions of one connection whose answers are due, in the order in which they were asked. Answers
// may come in any order and are given in that of the questions. Lives as long as its connection.
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "amqp091/methods.h"
#include "base/ensure.h"
#include "base/ids.h"
#include "broker/shard_services.h"

namespace warren::session {

// Whose question it is; an error in the answer is blamed on that method.
struct Asker {
    ChannelId channel{};
    amqp091::MethodId method{};
};

class OpenQuestions {
public:
    template <typename Answer>
    using Continuation = std::move_only_function<void(Answer)>;

    bool empty() const { return questions_.empty(); }
    std::size_t size() const { return questions_.size() - first_; }

    // Returns the number by which the answer comes. Asked while an answer is being given, it takes
    // the place of the question that was answered: that one's own answer is not complete yet.
    template <typename Answer>
    std::uint32_t ask(const Asker& asker, Continuation<Answer> then) {
        const bool goes_on = giving_ && first_ < questions_.size() && vacant(questions_[first_]);
        if (!goes_on) questions_.emplace_back();
        const std::size_t place = goes_on ? first_ : questions_.size() - 1;
        questions_[place] = {asker, Due<Answer>{std::move(then), std::nullopt}};
        return number_of_front_ + static_cast<std::uint32_t>(place);
    }

    // Keeps the answer until give() comes to it. Nothing if the question is forgotten.
    template <typename Answer>
    void answer(std::uint32_t number, Answer answer) {
        const std::uint32_t place = number - number_of_front_;
        if (place < first_ || place >= questions_.size() || vacant(questions_[place])) return;
        auto* due = std::get_if<Due<Answer>>(&questions_[place].due);
        ENSURE(due != nullptr);
        due->answer = std::move(answer);
    }

    // Goes on with the questions that are answered, oldest first, up to one that is not.
    // prepare(asker) is called before each. What is called may ask, answer and forget.
    template <typename Prepare>
    void give(Prepare&& prepare) {
        if (std::exchange(giving_, true)) return;
        while (first_ < questions_.size()) {
            if (vacant(questions_[first_]))
                ++first_;
            else if (!std::visit([&](auto& due) { return give_one(due, prepare); },
                                 questions_[first_].due))
                break;
        }
        giving_ = false;
        if (first_ == questions_.size()) forget_all();
    }

    // The channel's changes behind this question will never be answered, because it is refused.
    void forget_changes_behind(std::uint32_t number) {
        const std::uint32_t place = number - number_of_front_;
        if (place < first_ || place >= questions_.size()) return;
        for (std::size_t later = place + 1; later < questions_.size(); ++later)
            if (questions_[later].asker.channel == questions_[place].asker.channel &&
                std::holds_alternative<Due<broker::TopologyOutcome>>(questions_[later].due))
                questions_[later].due = {};
    }
    // Answers that are still due find nobody.
    void forget_all() {
        number_of_front_ += static_cast<std::uint32_t>(questions_.size());
        first_ = 0;
        questions_ = std::vector<Question>();  // an idle connection holds nothing
    }

    // Does the oldest question wait for this kind of answer?
    template <typename Answer>
    bool awaits() const {
        return first_ < questions_.size() &&
               std::holds_alternative<Due<Answer>>(questions_[first_].due);
    }
    // Of the oldest question.
    std::uint32_t front_number() const {
        return number_of_front_ + static_cast<std::uint32_t>(first_);
    }

private:
    template <typename Answer>
    struct Due {
        Continuation<Answer> then;
        std::optional<Answer> answer;
    };
    struct Question {
        Asker asker;
        std::variant<std::monostate, Due<broker::TopologyOutcome>, Due<broker::QueueReplyBody>,
                     Due<broker::AdmissionOutcome>, Due<bool>>
            due;  // monostate: answered or forgotten
    };

    static bool vacant(const Question& question) { return question.due.index() == 0; }

    template <typename Prepare>
    bool give_one(std::monostate, Prepare&) {
        return true;
    }
    // False: the answer is not there. The question is vacant while the continuation runs.
    template <typename Answer, typename Prepare>
    bool give_one(Due<Answer>& due, Prepare& prepare) {
        if (!due.answer) return false;
        Due<Answer> taken = std::move(due);
        const Asker asker = questions_[first_].asker;
        questions_[first_].due = {};
        prepare(asker);
        taken.then(std::move(*taken.answer));
        return true;
    }

    std::vector<Question> questions_;
    std::size_t first_ = 0;              // those before are answered
    std::uint32_t number_of_front_ = 1;  // of questions_[0]
    bool giving_ = false;
};

}  // namespace warren::session
