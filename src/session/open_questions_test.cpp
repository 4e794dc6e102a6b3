#include "session/open_questions.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace warren::session {
namespace {

using broker::Counts;
using broker::QueueReplyBody;
using broker::TopologyOutcome;
using broker::TopologyResult;

class OpenQuestionsTest : public ::testing::Test {
protected:
    OpenQuestions questions;
    std::vector<std::string> told;

    std::uint32_t ask_change(std::string name, std::uint16_t channel = 1) {
        return questions.ask<TopologyOutcome>(
            {{channel}, amqp091::MethodId::queue_declare},
            [this, name = std::move(name)](const TopologyOutcome& outcome) {
                told.push_back(name + (outcome ? "" : " refused"));
            });
    }
    void answer(std::uint32_t number, TopologyOutcome outcome = TopologyResult{}) {
        if (!outcome) questions.forget_changes_behind(number);
        questions.answer(number, std::move(outcome));
        give();
    }
    void give() {
        questions.give([](const Asker&) {});
    }
    using Told = std::vector<std::string>;
};

const TopologyOutcome refused = fail(amqp091::AmqpError{amqp091::ReplyCode::not_found, "", 0, 0});

TEST_F(OpenQuestionsTest, answers_are_given_in_the_order_of_the_questions) {
    const auto a = ask_change("a");
    const auto b = ask_change("b");
    const auto c = ask_change("c");
    answer(c);
    answer(b);
    EXPECT_EQ(told, Told{});
    answer(a);
    EXPECT_EQ(told, (Told{"a", "b", "c"}));
    EXPECT_TRUE(questions.empty());
}

TEST_F(OpenQuestionsTest, a_question_asked_meanwhile_takes_the_place_of_the_answered_one) {
    std::uint32_t inner = 0;
    const auto outer = questions.ask<TopologyOutcome>({}, [&](const TopologyOutcome&) {
        inner = questions.ask<QueueReplyBody>(
            {}, [&](const QueueReplyBody&) { told.push_back("inner"); });
    });
    const auto next = ask_change("next");
    answer(next);
    answer(outer);
    EXPECT_EQ(told, Told{});
    questions.answer<QueueReplyBody>(inner, Counts{});
    give();
    EXPECT_EQ(told, (Told{"inner", "next"}));
}

TEST_F(OpenQuestionsTest, an_answer_that_comes_while_another_is_given_waits_for_its_turn) {
    std::uint32_t next = 0;
    const auto first = questions.ask<TopologyOutcome>({}, [&](const TopologyOutcome&) {
        answer(next);
        told.push_back("first");
    });
    next = ask_change("next");
    answer(first);
    EXPECT_EQ(told, (Told{"first", "next"}));
}

TEST_F(OpenQuestionsTest, a_refusal_forgets_what_its_channel_asked_for_later) {
    const auto before = ask_change("before");
    const auto first = ask_change("refusal");
    ask_change("behind");
    const auto beside = ask_change("beside", 2);
    answer(first, refused);
    answer(before);
    EXPECT_EQ(told, (Told{"before", "refusal refused"}));
    answer(beside);
    EXPECT_EQ(told, (Told{"before", "refusal refused", "beside"}));
    EXPECT_TRUE(questions.empty());
}

TEST_F(OpenQuestionsTest, answers_to_forgotten_questions_find_nobody) {
    const auto first = ask_change("first");
    ask_change("second");
    questions.forget_all();
    EXPECT_TRUE(questions.empty());
    const auto later = ask_change("later");
    answer(first);
    EXPECT_EQ(told, Told{});
    answer(later);
    EXPECT_EQ(told, Told{"later"});
}

TEST_F(OpenQuestionsTest, all_can_be_forgotten_while_one_is_answered) {
    const auto first =
        questions.ask<TopologyOutcome>({}, [&](const TopologyOutcome&) { questions.forget_all(); });
    const auto second = ask_change("second");
    answer(second);
    answer(first);
    EXPECT_EQ(told, Told{});
    EXPECT_TRUE(questions.empty());
}

}  // namespace
}  // namespace warren::session
