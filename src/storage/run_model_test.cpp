// A run against a plain model: whatever is done to both in whatever order, they agree.
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "base/prng.h"
#include "storage/run.h"

namespace warren::storage {

namespace {

// Says of each row where it is. (storage::Run in full: gtest has a Run of its own.)
class Model {
public:
    enum class Where : std::uint8_t { paged, taken, settled };

    explicit Model(std::vector<std::uint64_t> positions)
        : positions_(std::move(positions)), where_(positions_.size(), Where::paged) {}

    std::uint32_t count() const { return static_cast<std::uint32_t>(where_.size()); }
    std::uint64_t position(std::uint32_t row) const { return positions_[row]; }
    Where& at(std::uint32_t row) { return where_[row]; }
    std::uint32_t count(Where where) const {
        return static_cast<std::uint32_t>(std::ranges::count(where_, where));
    }
    std::uint32_t first_paged() const {
        return static_cast<std::uint32_t>(std::ranges::find(where_, Where::paged) - where_.begin());
    }
    bool settle(std::uint32_t row) {
        return std::exchange(where_[row], Where::settled) != Where::settled;
    }

    RunSummary summary() const {
        RunSummary summary;
        summary.count = count();
        summary.first_position = positions_.front();
        summary.last_position = positions_.back();
        return summary;
    }
    void give_positions(storage::Run& run) const {
        if (run.needs_positions()) run.give_positions(positions_);
    }
    void expect_same(const storage::Run& run) const {
        run.check_invariants();
        ASSERT_EQ(run.paged(), count(Where::paged));
        ASSERT_EQ(run.live(), count() - count(Where::settled));
        ASSERT_EQ(run.partly_settled(), run.live() != 0 && run.live() != count());
        for (std::uint32_t row = 0; row < count(); ++row) {
            ASSERT_EQ(run.is_paged(row), where_[row] == Where::paged);
            ASSERT_EQ(run.is_taken(row), where_[row] == Where::taken);
            ASSERT_EQ(run.is_settled(row), where_[row] == Where::settled);
        }
        if (run.paged() == 0) return;
        ASSERT_LE(run.first_paged_at_least(), position(first_paged()));
        if (run.needs_positions()) return;
        ASSERT_EQ(run.first_paged_at_least(), position(first_paged()));
    }

private:
    std::vector<std::uint64_t> positions_;
    std::vector<Where> where_;
};

using Where = Model::Where;

Model random_model(Prng& prng) {
    std::vector<std::uint64_t> positions;
    std::uint64_t position = 1 + prng.below(1000);
    const bool gaps = prng.below(2) == 0;
    for (auto count = 1 + prng.below(prng.below(4) == 0 ? 300 : 20); count != 0; --count) {
        positions.push_back(position);
        position += 1 + (gaps ? prng.below(3) : 0);
    }
    return Model(std::move(positions));
}

void take_next(storage::Run& run, Model& model, Prng& prng) {
    if (run.paged() == 0) return;
    const auto most = 1 + static_cast<std::uint32_t>(prng.below(30));
    const storage::Run::Rows rows = run.take_next(most);
    ASSERT_EQ(rows.first, model.first_paged());
    ASSERT_GE(rows.count, 1);
    ASSERT_LE(rows.count, most);
    for (std::uint32_t row = rows.first; row < rows.first + rows.count; ++row) {
        ASSERT_EQ(model.at(row), Where::paged);
        model.at(row) = Where::taken;
    }
    const std::uint32_t end = rows.first + rows.count;
    if (rows.count < most && end < model.count()) {
        ASSERT_NE(model.at(end), Where::paged);
    }
}

void expect_same_stretches(const storage::Run& run, Model& model) {
    std::vector<Where> shown(model.count(), Where::settled);
    for (auto rows = run.paged_rows_from(0); rows.count != 0;
         rows = run.paged_rows_from(rows.first + rows.count))
        std::fill_n(shown.begin() + rows.first, rows.count, Where::paged);
    for (std::uint32_t row = 0; row < model.count(); ++row)
        ASSERT_EQ(shown[row] == Where::paged, model.at(row) == Where::paged) << row;
}

// What a restart leaves: only what is settled.
void restart(storage::Run& run, Model& model) {
    storage::Run again(model.summary(), 1, 0);
    ASSERT_TRUE(again.apply_state(as_bytes(run.encode_state())));
    for (std::uint32_t row = 0; row < model.count(); ++row)
        if (model.at(row) == Where::taken) model.at(row) = Where::paged;
    run = std::move(again);
}

void one_step(storage::Run& run, Model& model, Prng& prng) {
    const auto row = static_cast<std::uint32_t>(prng.below(model.count()));
    switch (prng.below(20)) {
        case 0:
            return restart(run, model);
        case 1: {
            const std::uint32_t paged = model.count(Where::paged);
            if (prng.below(4) != 0) return;
            for (std::uint32_t each = 0; each < model.count(); ++each)
                if (model.at(each) == Where::paged) model.at(each) = Where::settled;
            ASSERT_EQ(run.settle_all_paged(), paged);
            return;
        }
        case 2:
        case 3:
            if (model.at(row) != Where::paged) return;
            run.take_row(row);
            model.at(row) = Where::taken;
            return;
        case 4:
            ASSERT_EQ(run.settle_row(row), model.settle(row));
            return;
        case 5:
        case 6:
        case 7:
        case 8:
            return take_next(run, model, prng);
        case 9:
            model.give_positions(run);
            ASSERT_EQ(run.row_of(model.position(row)), row);
            ASSERT_EQ(run.position_of(row), model.position(row));
            return expect_same_stretches(run, model);
        default:
            // Mostly those that the owner holds, mostly the first of them.
            model.give_positions(run);
            for (std::uint32_t taken = prng.below(3) == 0 ? row : 0; taken < model.count();
                 ++taken) {
                if (model.at(taken) != Where::taken) continue;
                ASSERT_TRUE(run.settle(model.position(taken)));
                model.settle(taken);
                return;
            }
    }
}

TEST(run, agrees_with_a_plain_model) {
    for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
        SCOPED_TRACE(seed);
        Prng prng(seed);
        Model model = random_model(prng);
        storage::Run run(model.summary(), 1, 0);
        for (int step = 0; step < 100; ++step) {
            one_step(run, model, prng);
            ASSERT_NO_FATAL_FAILURE(model.expect_same(run));
            if (run.live() == 0) break;
        }
    }
}

}  // namespace

}  // namespace warren::storage
