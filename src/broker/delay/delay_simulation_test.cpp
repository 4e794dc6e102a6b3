// The queue of a delayed exchange beside a naive model of it, given the same random commands, with
// no log or with one made of maps: paging at any moment, letters that are heard of late, in any
// order or never, because the process ends. A failing seed is printed and replays alone:
// --gtest_filter=*delay_simulation*/<seed>.
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "amqp091/content_header.h"
#include "base/prng.h"
#include "broker/delay/delay_queue.h"
#include "broker/queue/queue_disk_model.h"
#include "broker/queue/queue_logging_host.h"

namespace warren::broker::testing {
namespace {

// How long after the delay that was asked for a message is due; see due_time().
constexpr std::int64_t margin_ms = 2;

struct Waiting {
    std::string body;
    Instant deadline;
    bool redelivered = false;
    bool returned = false;  // has lost its place among those that are due in the same millisecond
};
using Messages = std::map<std::uint64_t, Waiting>;  // by position

struct Model {
    Instant now;
    std::vector<std::string> log;
    Messages waiting;
    struct Got {
        std::uint64_t position;
        Waiting message;
        ConsumerId holder;
    };
    std::map<std::uint64_t, Got> got;  // by delivery index
    Messages letters;
    bool keeps = false;
    std::uint64_t next_position = 1;
    std::uint64_t next_index = 1;
    std::uint64_t redelivered_through = 0;

    Messages::iterator first_due() {
        return std::min_element(waiting.begin(), waiting.end(), [](const auto& a, const auto& b) {
            return std::tuple(a.second.deadline, !a.second.returned, a.first) <
                   std::tuple(b.second.deadline, !b.second.returned, b.first);
        });
    }
    void send_due() {
        while (!waiting.empty() && first_due()->second.deadline <= now) {
            const auto due = first_due();
            log.push_back("due " + due->second.body);
            if (keeps) letters.insert(*due);
            waiting.erase(due);
        }
    }
    void publish(const std::string& body, std::int64_t delay_ms, std::uint64_t sequence) {
        const std::int64_t wait_ms = delay_ms <= 0 ? 0 : delay_ms + margin_ms;
        waiting[next_position++] = {body, now.plus_ms(wait_ms)};
        log.push_back("confirm " + std::to_string(sequence) +
                      (keeps ? " ack when logged" : " ack"));
    }
    void get(const ConsumerId& holder, bool auto_ack) {
        send_due();
        if (waiting.empty()) return log.push_back("reply empty");
        const auto next = first_due();
        if (!auto_ack) got[next_index++] = {next->first, next->second, holder};
        const std::string text = next->second.body + (next->second.redelivered ? "*" : "");
        waiting.erase(next);
        log.push_back("reply got " + text + " left " + std::to_string(waiting.size()));
    }
    void give_back(std::uint64_t index) {
        const auto node = got.extract(index);
        Waiting message = node.mapped().message;
        message.redelivered = message.returned = true;
        waiting[node.mapped().position] = message;
    }
    void settle(std::uint64_t first, std::uint64_t last, Settlement settlement) {
        for (std::uint64_t index = first; index <= last; ++index) {
            if (got.count(index) == 0) continue;
            if (settlement == Settlement::requeue)
                give_back(index);
            else
                got.erase(index);
        }
    }
    void release(const ConsumerId& channel) {
        const auto held = got;
        for (const auto& [index, one] : held)
            if (one.holder == channel) give_back(index);
    }
    void purge() {
        send_due();
        log.push_back("reply purged " + std::to_string(waiting.size()));
        waiting.clear();
    }
    std::uint64_t delivered_through() const {
        std::uint64_t through = redelivered_through;
        for (const auto& [position, message] : waiting)
            if (message.redelivered) through = std::max(through, position);
        for (const auto& [index, one] : got)
            through = std::max(through, one.position);
        return through;
    }
    // All that the log must know.
    Messages held() const {
        Messages all = waiting;
        for (const auto& [index, one] : got)
            all[one.position] = one.message;
        all.insert(letters.begin(), letters.end());
        return all;
    }
};

class Simulation {
public:
    explicit Simulation(std::uint64_t seed) : random_(seed), has_log_(!chance(4)), disk_(&random_) {
        settings_.delayed_exchange = "x";
        settings_.durable = !chance(4);
        model_.keeps = has_log_ && settings_.durable;
        model_.now = host_.clock;
        make_queue(0);
    }

    void run(int steps) {
        for (int step = 0; step < steps && !::testing::Test::HasFatalFailure(); ++step) {
            SCOPED_TRACE("step " + std::to_string(step));
            random_command();
            compare();
            if (chance(3)) end_turn();
            if (chance(4)) advance(static_cast<std::int64_t>(random_.below(40)));
            if (chance(100)) advance(3000);
            if (!host_.letters.empty() && chance(3)) letters_done();
            if (has_log_ && chance(4)) page();
            if (has_log_ && chance(200)) restart();
        }
        advance(100'000);
    }

private:
    bool chance(std::uint64_t odds) { return random_.below(odds) == 0; }

    void random_command() {
        const auto dice = random_.below(100);
        if (dice < 55) return publish();
        if (dice < 75) return get();
        if (dice < 90) return settle();
        if (dice < 95) return release();
        if (dice < 97) return purge();
        queue_->inspect({});
        model_.send_due();
        model_.log.push_back("reply counts " + std::to_string(model_.waiting.size()) + " 0");
    }
    // Long and short delays, one behind the other and criss-cross.
    std::int64_t random_delay_ms() {
        if (chance(8)) return -static_cast<std::int64_t>(random_.below(3));
        if (chance(3)) return 50;
        return static_cast<std::int64_t>(random_.below(chance(2) ? 40 : 1500));
    }
    void publish() {
        for (auto count = 1 + random_.below(8); count != 0; --count) {
            const std::string body = std::to_string(++sequence_);
            const std::int64_t delay_ms = random_delay_ms();
            const std::string header =
                amqp091::HeaderEdit().set_headers({{"x-delay", delay_ms}}).encode(body.size());
            MessageTraits traits;
            traits.has_headers = true;
            traits.persistent = chance(2);
            queue_->publish(Message::make("x", "k", as_bytes(header), as_bytes(body), traits),
                            {{1}, {1}, sequence_});
            model_.publish(body, delay_ms, sequence_);
        }
    }
    ConsumerId random_channel() {
        return {{1 + random_.below(2)}, {static_cast<std::uint16_t>(1 + random_.below(2))}, 0};
    }
    void get() {
        const ConsumerId holder = random_channel();
        const bool auto_ack = chance(2);
        queue_->get({holder, auto_ack, {}});
        model_.get(holder, auto_ack);
    }
    void settle() {
        if (model_.got.empty()) return;
        auto at = model_.got.begin();
        std::advance(at, random_.below(model_.got.size()));
        const std::uint64_t last = at->first + random_.below(3);
        constexpr Settlement all[] = {Settlement::ack, Settlement::requeue, Settlement::reject};
        const Settlement settlement = all[random_.below(3)];
        queue_->settle({{at->first}, {last}, settlement});
        model_.settle(at->first, last, settlement);
    }
    void release() {
        const ConsumerId channel = random_channel();
        queue_->give_back(channel.connection, channel.channel);
        model_.release(channel);
    }
    void purge() {
        queue_->purge({});
        model_.purge();
    }
    void letters_done() {
        for (auto count = 1 + random_.below(4); count != 0 && !host_.letters.empty(); --count) {
            const auto at = host_.letters.begin() +
                            static_cast<std::ptrdiff_t>(random_.below(host_.letters.size()));
            queue_->letter_done(*at, static_cast<LetterOutcome>(random_.below(3)));
            ASSERT_EQ(model_.letters.erase(*at), 1u);
            host_.letters.erase(at);
        }
        compare();
    }

    // The model always works; the queue only if it has asked to.
    void end_turn() {
        if (host_.timer <= host_.clock) {
            host_.timer = Instant::never();
            queue_->on_timer();
        }
        while (std::exchange(host_.turn_wanted, false))
            queue_->work();
        if (std::exchange(host_.log_wanted, false)) queue_->log_pending();
        model_.send_due();
        compare();
        if (!model_.waiting.empty()) {
            ASSERT_LE(host_.timer, model_.first_due()->second.deadline);
        }
    }
    void advance(std::int64_t ms) {
        end_turn();
        host_.clock = model_.now = host_.clock.plus_ms(ms);
        end_turn();
    }
    void page() {
        if (disk_.is_paging()) {
            disk_.end_paging();
        } else if (model_.next_position > 1) {
            queue_->log_pending();
            disk_.begin_paging(1 + random_.below(model_.next_position - 1));
            if (chance(2) && disk_.is_paging()) disk_.end_paging();
        }
        compare();
    }

    std::uint64_t make_queue(std::optional<std::uint64_t> delivered_through) {
        host_.turn_wanted = host_.log_wanted = false;
        host_.timer = Instant::never();
        host_.letters.clear();
        queue_ = std::make_unique<DelayQueue>(QueueId{1}, "/", "amq.delayed.x", settings_, host_);
        storage::LogEngine::Restored restored;
        if (has_log_)
            queue_->attach(
                [&](auto& owner, auto& sink, auto& found) {
                    auto log = disk_.open(owner, sink, delivered_through, found);
                    restored = found;
                    return log;
                },
                {});
        model_.redelivered_through = std::min(restored.delivered_through, restored.last_position);
        return restored.last_position;
    }
    // In order, or in the middle of everything.
    void restart() {
        const bool crashed = chance(2);
        if (!crashed) end_turn();
        ASSERT_EQ(queue_->delivered_through(), model_.delivered_through());
        std::optional<std::uint64_t> told;
        if (!crashed) told = queue_->delivered_through();
        std::set<std::uint64_t> kept;
        for (const auto& [position, entry] : disk_.entries())
            if (entry.head.persistent) kept.insert(position);
        queue_.reset();
        // The next process counts its time from elsewhere.
        const auto jump_ms = static_cast<std::int64_t>(random_.below(1'000'000));
        host_.clock = model_.now = host_.clock.plus_ms(jump_ms);
        host_.wall_offset_ms -= jump_ms;
        model_.next_position = make_queue(told) + 1;
        Messages back;
        for (auto [position, message] : model_.held()) {
            if (kept.count(position) == 0) continue;
            message.deadline = message.deadline.plus_ms(jump_ms);
            message.redelivered = position <= model_.redelivered_through;
            message.returned = false;
            back[position] = message;
        }
        model_.waiting = std::move(back);
        model_.got.clear();
        model_.letters.clear();
        model_.next_index = 1;
        compare();
    }

    void compare() {
        ASSERT_EQ(host_.log, model_.log);
        host_.log.clear();
        model_.log.clear();
        queue_->check_invariants();
        const QueueStats stats = queue_->stats();
        ASSERT_EQ(stats.ready, model_.waiting.size());
        ASSERT_EQ(stats.unacked, model_.got.size());
        ASSERT_EQ(stats.letters, model_.letters.size());
        if (!model_.waiting.empty()) {
            ASSERT_LE(stats.next_due, model_.first_due()->second.deadline);
        }
        if (has_log_) compare_disk(stats);
    }
    void compare_disk(const QueueStats& stats) {
        std::uint64_t paged = 0;
        std::set<std::uint64_t> on_disk;
        for (const auto& [position, entry] : disk_.entries()) {
            on_disk.insert(position);
            paged += entry.paged;
        }
        ASSERT_EQ(stats.paged, paged);
        for (const auto& [position, message] : model_.held()) {
            const bool found = on_disk.erase(position) != 0;
            if (model_.keeps) {
                ASSERT_EQ(found, position <= disk_.appended_through());
            }
        }
        ASSERT_TRUE(on_disk.empty()) << *on_disk.begin() << " has left the queue";
    }

    Prng random_;
    bool has_log_;
    QueueSettings settings_;
    LoggingHost host_;
    QueueDisk disk_;
    std::unique_ptr<DelayQueue> queue_;
    Model model_;
    std::uint64_t sequence_ = 0;
};

class delay_simulation : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(delay_simulation, says_what_the_naive_model_says) {
    Prng seeds(GetParam());
    for (int game = 0; game < 3 && !HasFatalFailure(); ++game) {
        SCOPED_TRACE("game " + std::to_string(game));
        Simulation(seeds.next()).run(600);
    }
}

INSTANTIATE_TEST_SUITE_P(seeds, delay_simulation, ::testing::Range<std::uint64_t>(1, 31));

}  // namespace
}  // namespace warren::broker::testing
