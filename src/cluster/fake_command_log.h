#pragma once
// For tests: a command log whose disk is told what to do.
#include <string>
#include <vector>

#include "storage/command_log.h"

namespace warren::test {

class FakeCommandLog final : public storage::CommandLog {
public:
    explicit FakeCommandLog(storage::CommandLogEvents& events) : events_(events) {}

    std::uint64_t append(ByteView command) override {
        commands.emplace_back(as_text(command));
        return commands.size();
    }
    void end_turn(Instant, bool sync) override {
        if (handed_over == commands.size()) return;
        handed_over = commands.size();
        syncs_asked += sync ? 1 : 0;
    }
    std::uint64_t durable_through() const override { return durable_; }
    Instant next_deadline() const override { return Instant::never(); }
    void stop(std::move_only_function<void()> done) override { done(); }

    // The disk has everything that was handed over.
    void sync() {
        durable_ = handed_over;
        events_.commands_durable(durable_);
    }
    void break_down(const std::string& text) { events_.command_log_failed(text); }

    std::vector<std::string> commands;
    std::size_t handed_over = 0;
    int syncs_asked = 0;

private:
    storage::CommandLogEvents& events_;
    std::uint64_t durable_ = 0;
};

}  // namespace warren::test
