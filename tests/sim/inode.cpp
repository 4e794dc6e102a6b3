#include "tests/sim/inode.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/ensure.h"

namespace warren::sim {

namespace {

// One in so many sectors that are written in a crash is torn.
constexpr std::uint64_t torn_sector_odds = 8;

}  // namespace

std::size_t Inode::read(std::uint64_t offset, std::span<std::byte> into) const {
    if (offset >= seen_.size()) return 0;
    const std::size_t count = std::min<std::size_t>(into.size(), seen_.size() - offset);
    std::copy_n(seen_.begin() + static_cast<std::ptrdiff_t>(offset), count, into.begin());
    return count;
}

void Inode::write(std::uint64_t offset, ByteView bytes) {
    if (bytes.empty()) return;
    changes_.push_back({.offset = offset, .bytes = {bytes.begin(), bytes.end()}});
    apply(changes_.back(), seen_);
}

void Inode::resize(std::uint64_t bytes) {
    if (bytes == seen_.size()) return;
    changes_.push_back({.offset = bytes, .bytes = {}, .resizes = true});
    apply(changes_.back(), seen_);
}

void Inode::apply(const Change& change, Contents& contents) {
    if (change.resizes) {
        contents.resize(change.offset);
        return;
    }
    const std::uint64_t end = change.offset + change.bytes.size();
    if (contents.size() < end) contents.resize(end);
    std::ranges::copy(change.bytes, contents.begin() + static_cast<std::ptrdiff_t>(change.offset));
}

void Inode::sync() {
    for (const Change& change : changes_)
        apply(change, stable_);
    changes_.clear();
}

void Inode::fail_sync(Prng& prng) {
    settle(prng);
}

void Inode::lose_power(Prng& prng) {
    settle(prng);
    seen_ = stable_;
}

void Inode::flip(std::uint64_t offset) {
    ENSURE(offset < seen_.size());
    const auto flip_in = [](std::vector<std::byte>& bytes, std::uint64_t at) {
        if (at < bytes.size()) bytes[at] ^= std::byte{1};
    };
    flip_in(seen_, offset);
    flip_in(stable_, offset);
    for (Change& change : changes_)
        if (offset >= change.offset) flip_in(change.bytes, offset - change.offset);
}

// Decides sector by sector which of some changes arrive. The changes of one sector arrive in their
// order, up to any of them; sectors and the size know nothing of each other.
class Inode::SectorLottery {
public:
    SectorLottery(Contents& contents, Prng& prng)
        : contents_(contents), prng_(prng), sizes_{contents.size()} {}

    void enter(const Change& change) {
        const std::uint64_t size_before = sizes_.back();
        const std::uint64_t end =
            change.resizes ? size_before : change.offset + change.bytes.size();
        sizes_.push_back(change.resizes ? change.offset : std::max(size_before, end));
        if (change.offset >= end) return;
        for (std::uint64_t sector = change.offset / sector_bytes;
             sector <= (end - 1) / sector_bytes; ++sector)
            changes_of_[sector].push_back(&change);
    }

    void draw() {
        contents_.resize((std::ranges::max(sizes_) + sector_bytes - 1) / sector_bytes *
                         sector_bytes);
        for (const auto& [sector, changes] : changes_of_)
            draw_sector(sector * sector_bytes, changes);
        contents_.resize(sizes_[prng_.below(sizes_.size())]);
    }

private:
    using Sector = std::array<std::byte, sector_bytes>;

    void draw_sector(std::uint64_t begin, const std::vector<const Change*>& changes) {
        const auto place = contents_.begin() + static_cast<std::ptrdiff_t>(begin);
        Sector sector;
        std::copy_n(place, sector_bytes, sector.begin());
        Sector before = sector;
        const std::uint64_t arrived = prng_.below(changes.size() + 1);
        for (std::uint64_t index = 0; index < arrived; ++index) {
            before = sector;
            apply_within(*changes[index], begin, sector);
        }
        if (prng_.below(torn_sector_odds) == 0) tear(before, sector);
        std::ranges::copy(sector, place);
    }

    static void apply_within(const Change& change, std::uint64_t begin, Sector& sector) {
        for (std::uint64_t at = std::max(begin, change.offset); at < begin + sector_bytes; ++at) {
            if (change.resizes)
                sector[at - begin] = std::byte{0};
            else if (at - change.offset < change.bytes.size())
                sector[at - begin] = change.bytes[at - change.offset];
        }
    }

    // The head may have been anywhere on the sector, and drives do not always begin at the front.
    void tear(const Sector& before, Sector& sector) {
        const auto cut = static_cast<std::ptrdiff_t>(prng_.below(sector_bytes));
        if (prng_.below(2) == 0)
            std::copy(before.begin() + cut, before.end(), sector.begin() + cut);
        else
            std::copy(before.begin(), before.begin() + cut, sector.begin());
    }

    Contents& contents_;
    Prng& prng_;
    std::vector<std::uint64_t> sizes_;  // every size that the file has had
    std::map<std::uint64_t, std::vector<const Change*>> changes_of_;  // by sector
};

// If every sector of every crash were drawn, a long list of changes would never arrive whole, or
// not at all, or up to a point in time: these are drawn more often than chance would have them.
void Inode::settle(Prng& prng) {
    enum : std::uint64_t { nothing, everything, up_to_a_point, anything, fates };
    const std::uint64_t fate = prng.below(fates);
    const std::uint64_t count = changes_.size();
    std::uint64_t whole = 0;  // these arrive as they are
    std::uint64_t drawn = 0;  // and so many after them in pieces
    if (fate == everything) whole = count;
    if (fate == anything) drawn = count;
    if (fate == up_to_a_point) {
        whole = prng.below(count + 1);
        drawn = whole < count ? 1 : 0;
    }
    for (std::uint64_t index = 0; index < whole; ++index)
        apply(changes_[index], stable_);
    SectorLottery lottery(stable_, prng);
    for (std::uint64_t index = whole; index < whole + drawn; ++index)
        lottery.enter(changes_[index]);
    lottery.draw();
    changes_.clear();
}

}  // namespace warren::sim
