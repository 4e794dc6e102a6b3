// Streams at random: publishers, readers at all places, paging, retention, crashes that lose what
// was not safe; a plain array says what must be read.
#include <gtest/gtest.h>

#include <map>

#include "base/prng.h"
#include "broker/stream/stream_test_base.h"

namespace warren::broker {
namespace {

using namespace testing;

class stream_simulation : public StreamTest {
protected:
    struct Published {
        std::string body;
        std::uint64_t batch = 0;
        std::string value;  // of its filter
    };
    struct ModelReader {
        std::string wanted;  // filter value; empty: everything
        std::uint64_t next = 0;
        std::vector<DeliveryIndex> unacked;
        std::uint32_t passing_messages = 0;
        std::uint32_t passing_bytes = 0;
    };

    void simulate(std::uint64_t seed) {
        Prng prng(seed);
        prng_ = &prng;
        QueueSettings settings{.segment_bytes_max = 500 + prng.below(8000)};
        if (prng.below(2) == 0) settings.age_max_ms = 60'000;
        if (prng.below(2) == 0) settings.length_bytes_max = 30'000;
        make(std::move(settings));
        for (int step = 0; step < 1500; ++step) {
            act();
            look_at_deliveries();
            if (HasFatalFailure()) return;
        }
        settle_everything();
    }

private:
    std::uint64_t below(std::uint64_t bound) { return prng_->below(bound); }

    void act() {
        switch (below(12)) {
            case 0:
                return join();
            case 1:
                return leave();
            case 2:
                return settle_some();
            case 3:
                return credit_some();
            case 4:
                host.clock = host.clock.plus_ms(static_cast<std::int64_t>(below(3000)));
                if (host.timer <= host.clock) {
                    host.timer = Instant::never();
                    stream().on_timer();
                }
                return;
            case 5:
                if (disk.is_paging())
                    disk.end_paging();
                else if (sealed_ && disk.last_position() != 0)
                    disk.begin_paging(1 + below(disk.last_position()));
                return;
            case 6:
                if (below(10) == 0) crash();
                return;
            case 7:
            case 8:
                return end_turn();
            default:
                return publish_some();
        }
    }

    void publish_some() {
        sealed_ = false;
        for (std::uint64_t count = 1 + below(below(10) == 0 ? 300 : 10); count != 0; --count) {
            const std::string value(below(3) == 0 ? "" : below(2) == 0 ? "a" : "b");
            const std::string body = std::to_string(all_.size()) + std::string(below(60), 'x');
            all_.push_back({body, batch_, value});
            publish(filtered_message(value, body));
        }
    }

    void end_turn() {
        turn_unsafe();
        sealed_ = true;
        ++batch_;
        if (below(3) == 0) return;
        commit();
        safe_ = all_.size();
    }

    void join() {
        const ConsumerId id = reader_id(++readers_made_);
        ModelReader reader;
        const std::uint64_t start = below(all_.size() + 1);
        if (below(3) == 0) reader.wanted = "a";
        reader.next = std::max(start, stream().first_offset());
        amqp091::FieldTable arguments{{"x-stream-offset", static_cast<std::int64_t>(start)}};
        if (!reader.wanted.empty())
            arguments.add("x-stream-filter", amqp091::FieldValue(reader.wanted));
        consume(id, std::move(arguments), static_cast<std::uint32_t>(1 + below(50)));
        readers_[id] = std::move(reader);
    }

    void leave() {
        if (readers_.empty() || below(3) != 0) return;
        const auto at = std::next(readers_.begin(), static_cast<long>(below(readers_.size())));
        stream().apply(Cancel{at->first});
        readers_.erase(at);
    }

    void settle_some() {
        for (auto& [id, reader] : readers_) {
            if (reader.unacked.empty() || below(3) == 0) continue;
            const std::size_t count = 1 + below(reader.unacked.size());
            settle(reader.unacked.front(), reader.unacked[count - 1]);
            reader.unacked.erase(reader.unacked.begin(),
                                 reader.unacked.begin() + static_cast<long>(count));
        }
    }

    void credit_some() {
        for (auto& [id, reader] : readers_) {
            if (reader.passing_messages == 0) continue;
            stream().apply(Credit{id, std::exchange(reader.passing_messages, 0),
                                  std::exchange(reader.passing_bytes, 0)});
        }
    }

    // What was not safe may be lost, by whole turns; the process is gone with its readers.
    void crash() {
        if (!sealed_) end_turn();
        look_at_deliveries();
        auto& entries = disk.entries();
        if (below(2) == 0 && safe_ < all_.size() && !disk.is_paging()) {
            for (auto at = entries.begin(); at != entries.end();) {
                const bool unsafe = at->second.head.level == 0 && !at->second.in_run &&
                                    offset_of(at->second.payload) >= safe_;
                if (!unsafe) {
                    ++at;
                    continue;
                }
                at = entries.erase(at, entries.end());
            }
        }
        readers_.clear();
        restart();
        // What the page cache has kept may be there.
        ASSERT_GE(stream().end_offset(), safe_);
        ASSERT_LE(stream().end_offset(), all_.size());
        all_.resize(stream().end_offset());
        safe_ = all_.size();
        sealed_ = true;
    }

    static std::uint64_t offset_of(const std::string& payload) {
        std::uint64_t offset = 0;
        std::memcpy(&offset, payload.data() + stream_format::message::offset_at, sizeof offset);
        return offset;
    }

    // Some message of the batch has the value that the reader wants.
    bool is_wanted(const ModelReader& reader, std::uint64_t offset) const {
        if (reader.wanted.empty()) return true;
        for (std::uint64_t at = offset; at < all_.size() && all_[at].batch == all_[offset].batch;
             ++at)
            if (all_[at].value == reader.wanted) return true;
        for (std::uint64_t at = offset; at-- != 0 && all_[at].batch == all_[offset].batch;)
            if (all_[at].value == reader.wanted) return true;
        return false;
    }

    void look_at_deliveries() {
        for (const auto& one : std::exchange(host.delivered, {})) {
            ModelReader& reader = readers_.at(one.consumer);
            ASSERT_LT(one.offset, safe_) << "not safe yet";
            ASSERT_GE(one.offset, reader.next) << "twice, or out of order";
            ASSERT_EQ(one.body, all_[one.offset].body);
            ASSERT_TRUE(is_wanted(reader, one.offset));
            // Only retention and filters make holes.
            for (; reader.next < one.offset; ++reader.next)
                ASSERT_TRUE(reader.next < stream().first_offset() ||
                            !is_wanted(reader, reader.next))
                    << reader.next << " is missing";
            ++reader.next;
            reader.unacked.push_back(one.index);
            ++reader.passing_messages;
            reader.passing_bytes += static_cast<std::uint32_t>(one.body.size());
        }
    }

    // Whoever still reads gets all there is.
    void settle_everything() {
        do {
            end_turn();
            commit();
            safe_ = all_.size();
            look_at_deliveries();
            ASSERT_FALSE(HasFatalFailure());
            credit_some();
            for (auto& [id, reader] : readers_)
                if (!reader.unacked.empty()) {
                    settle(reader.unacked.front(), reader.unacked.back());
                    reader.unacked.clear();
                }
        } while (host.turn_wanted || !host.delivered.empty());
        for (auto& [id, reader] : readers_)
            for (std::uint64_t at = std::max(reader.next, stream().first_offset());
                 at < all_.size(); ++at)
                ASSERT_FALSE(is_wanted(reader, at)) << at << " was never read";
    }

    Prng* prng_ = nullptr;
    std::vector<Published> all_;
    std::uint64_t batch_ = 0;
    std::uint64_t safe_ = 0;
    bool sealed_ = true;  // nothing has come in this turn
    std::map<ConsumerId, ModelReader> readers_;
    std::uint64_t readers_made_ = 0;
};

class stream_simulation_of : public stream_simulation,
                             public ::testing::WithParamInterface<std::uint64_t> {};

TEST_P(stream_simulation_of, is_an_array) {
    simulate(GetParam());
}

INSTANTIATE_TEST_SUITE_P(seeds, stream_simulation_of, ::testing::Range<std::uint64_t>(1, 151));

}  // namespace
}  // namespace warren::broker
