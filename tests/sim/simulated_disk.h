#pragma once
// A disk in memory that does to its users what a disk may do, repeatably: the same calls and the
// same seed give the same faults. For tests in one thread.
//
// The fault model
//
// A crash (power_loss) keeps what was synced. Of the rest:
//   bytes     of each sector (512 bytes) that was written since, some of the writes to it are
//   there,
//             always the oldest of them up to a point drawn for this sector alone; it may also be
//             torn: the last of those writes is there in its first or its last bytes only. Sectors
//             that were not written to are never touched. Cutting a file writes zeros beyond its
//             new end, as far as this is concerned.
//   sizes     a file has any of the sizes that it had since: it may be shorter than what was
//             written, or longer, with zeros where the bytes are missing.
//   names     each file that was created, renamed or removed since may or may not have been, by
//             itself, but changes of one name happen in their order. rename() is one step. What a
//             file held when it was removed comes back with it.
//   folders   create_folder() stays.
// A process that dies (process_kill) leaves everything as it was seen, and still not synced.
// The call that a crash hits may have had its effect, whole or in part. It fails, and so does every
// call after it, with machine_is_off, until restart(); files and locks from before it stay dead.
//
// A sync() or sync_folder() that fails draws what reaches stable storage as a crash would. The
// program still reads what it wrote; but what was not drawn is never written, although a later
// sync succeeds.
// A write_at() that fails, for lack of space too, may have written any first part of its bytes.
// Other calls that fail have done nothing.
// A full disk refuses what would make a file longer. Files take the space of their size; what is
// removed takes none.
// Bits rot only where flip() says so.
#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/prng.h"
#include "storage/file_io.h"
#include "tests/sim/name_table.h"

namespace warren::sim {

// Not an errno of this or any other system.
inline constexpr int machine_is_off = 9999;

enum class IoCall : std::uint8_t {
    open,    // that leaves the file alone
    create,  // that makes or empties it
    read,
    write,
    sync,
    size,
    truncate,
    reserve,
    remove,
    rename,
    list,
    create_folder,
    sync_folder,
    free_bytes,
    lock,
};
inline constexpr std::size_t io_call_count = 15;

enum class Crash : std::uint8_t { power_loss, process_kill };

// Calls that are refused.
struct Fault {
    std::optional<IoCall> call = std::nullopt;  // none: of every kind
    std::string path_part = {};                 // only of paths that contain this
    std::uint64_t skip = 0;                     // so many of them go well first
    std::uint64_t times = 1;                    // then so many fail
    int code = EIO;                             // errno
};

class SimulatedDisk final : public storage::FileIo {
public:
    explicit SimulatedDisk(std::uint64_t seed) : prng_(seed) {}
    SimulatedDisk(const SimulatedDisk&) = delete;
    SimulatedDisk& operator=(const SimulatedDisk&) = delete;

    template <typename T>
    using Outcome = Result<T, storage::IoError>;

    // Files and locks must not outlive the disk.
    Outcome<std::unique_ptr<storage::File>> open(const std::string& path,
                                                 storage::OpenMode mode) override;
    Outcome<void> remove(const std::string& path) override;
    Outcome<void> rename(const std::string& from, const std::string& to) override;
    Outcome<std::vector<storage::FileEntry>> list(const std::string& folder) override;
    Outcome<void> create_folder(const std::string& path) override;
    Outcome<void> sync_folder(const std::string& path) override;
    Outcome<std::uint64_t> free_bytes(const std::string& path) override;
    Outcome<std::unique_ptr<storage::FolderLock>> lock(const std::string& path) override;

    // ---- what goes wrong ----
    // The crash hits the n-th call from now, 1 being the next, that changes or syncs anything.
    void crash_at(std::uint64_t call, Crash crash = Crash::power_loss);
    // Has it come?
    bool is_off() const { return off_; }
    // Ends the life of the program that uses the disk, by the crash that has come or else by this
    // one, now; the next program finds what is left. No crash is ahead of it, but faults remain.
    void restart(Crash crash = Crash::power_loss);

    void add_fault(Fault fault) { faults_.push_back(std::move(fault)); }
    void clear_faults() { faults_.clear(); }
    void set_capacity(std::uint64_t bytes) { capacity_bytes_ = bytes; }
    // One bit of the byte at this offset is wrong from now on.
    void flip(const std::string& path, std::uint64_t offset);

    // ---- what was done, since the disk is there; calls while it is off are not counted ----
    std::uint64_t calls(IoCall call) const { return calls_[static_cast<std::size_t>(call)]; }
    // Those that crash_at() counts.
    std::uint64_t mutating_calls() const { return mutating_calls_; }
    std::uint64_t used_bytes() const;

private:
    class OpenFile;
    class HeldLock;
    // What becomes of a call.
    enum class Effect : std::uint8_t { whole, part, none };
    struct Verdict {
        int code = 0;  // not 0: it fails
        Effect effect = Effect::whole;
        // It could not have happened anyway.
        void refuse(int refusal) {
            if (code == 0) code = refusal;
            effect = Effect::none;
        }
    };

    Verdict enter(IoCall call, const std::string& path);
    int injected_fault(IoCall call, const std::string& path);
    Outcome<std::shared_ptr<Inode>> create(const std::string& path);
    Outcome<std::shared_ptr<Inode>> find(const std::string& path);
    Outcome<void> write(Inode& inode, const std::string& path, std::uint64_t offset,
                        ByteView bytes);
    Outcome<void> sync(Inode& inode, const std::string& path);
    Outcome<void> resize(IoCall call, Inode& inode, const std::string& path, std::uint64_t bytes);
    // How long this file can be.
    std::uint64_t end_max(const Inode& inode) const;

    Prng prng_;
    NameTable names_;
    std::set<std::string> locks_;
    std::vector<Fault> faults_;
    std::array<std::uint64_t, io_call_count> calls_{};
    std::uint64_t mutating_calls_ = 0;
    std::uint64_t capacity_bytes_ = std::numeric_limits<std::int64_t>::max();
    std::uint64_t life_ = 0;      // of programs: files of another life are dead
    std::uint64_t crash_in_ = 0;  // calls; 0: none is ahead
    Crash crash_ = Crash::power_loss;
    bool off_ = false;
};

}  // namespace warren::sim
