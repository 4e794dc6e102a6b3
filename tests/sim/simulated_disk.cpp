#include "tests/sim/simulated_disk.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/ensure.h"

namespace warren::sim {

using storage::FileEntry;
using storage::FolderLock;
using storage::IoError;
using storage::OpenMode;

namespace {

const char* text_of(IoCall call) {
    switch (call) {
        case IoCall::open:
            return "open";
        case IoCall::create:
            return "create";
        case IoCall::read:
            return "read";
        case IoCall::write:
            return "write";
        case IoCall::sync:
            return "sync";
        case IoCall::size:
            return "stat";
        case IoCall::truncate:
            return "truncate";
        case IoCall::reserve:
            return "reserve";
        case IoCall::remove:
            return "remove";
        case IoCall::rename:
            return "rename";
        case IoCall::list:
            return "list";
        case IoCall::create_folder:
            return "create folder";
        case IoCall::sync_folder:
            return "sync folder";
        case IoCall::free_bytes:
            return "look at the space of";
        case IoCall::lock:
            return "lock";
    }
    std::unreachable();
}

std::unexpected<IoError> failed(IoCall call, const std::string& path, int code) {
    return fail(IoError{text_of(call), path, code});
}

bool is_mutating(IoCall call) {
    switch (call) {
        case IoCall::open:
        case IoCall::read:
        case IoCall::size:
        case IoCall::list:
        case IoCall::free_bytes:
        case IoCall::lock:
            return false;
        default:
            return true;
    }
}

}  // namespace

class SimulatedDisk::OpenFile final : public storage::File {
public:
    OpenFile(SimulatedDisk& disk, std::shared_ptr<Inode> inode, std::string path, bool writable)
        : disk_(disk),
          inode_(std::move(inode)),
          path_(std::move(path)),
          writable_(writable),
          life_(disk.life_) {}

    Outcome<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
        if (const int code = enter(IoCall::read)) return failed(IoCall::read, path_, code);
        return inode_->read(offset, into);
    }
    Outcome<void> write_at(std::uint64_t offset, ByteView bytes) override {
        if (const int code = refusal()) return failed(IoCall::write, path_, code);
        return disk_.write(*inode_, path_, offset, bytes);
    }
    Outcome<void> sync() override {
        if (is_dead()) return failed(IoCall::sync, path_, machine_is_off);
        return disk_.sync(*inode_, path_);
    }
    Outcome<std::uint64_t> size() override {
        if (const int code = enter(IoCall::size)) return failed(IoCall::size, path_, code);
        return inode_->size();
    }
    Outcome<void> truncate(std::uint64_t bytes) override {
        if (const int code = refusal()) return failed(IoCall::truncate, path_, code);
        return disk_.resize(IoCall::truncate, *inode_, path_, bytes);
    }
    Outcome<void> reserve(std::uint64_t bytes) override {
        if (const int code = refusal()) return failed(IoCall::reserve, path_, code);
        return disk_.resize(IoCall::reserve, *inode_, path_, std::max(bytes, inode_->size()));
    }
    void will_need(std::uint64_t, std::uint64_t) override {}

private:
    bool is_dead() const { return life_ != disk_.life_; }
    int refusal() const {
        if (is_dead()) return machine_is_off;
        return writable_ ? 0 : EBADF;
    }
    int enter(IoCall call) { return is_dead() ? machine_is_off : disk_.enter(call, path_).code; }

    SimulatedDisk& disk_;
    std::shared_ptr<Inode> inode_;
    std::string path_;
    bool writable_;
    std::uint64_t life_;
};

class SimulatedDisk::HeldLock final : public FolderLock {
public:
    HeldLock(SimulatedDisk& disk, std::string path)
        : disk_(disk), path_(std::move(path)), life_(disk.life_) {}
    ~HeldLock() override {
        if (life_ == disk_.life_) disk_.locks_.erase(path_);
    }

private:
    SimulatedDisk& disk_;
    std::string path_;
    std::uint64_t life_;
};

// ---- what goes wrong ----

void SimulatedDisk::crash_at(std::uint64_t call, Crash crash) {
    ENSURE(call > 0);
    crash_in_ = call;
    crash_ = crash;
}

void SimulatedDisk::restart(Crash crash) {
    if (!off_) crash_ = crash;
    if (crash_ == Crash::power_loss) names_.lose_power(prng_);
    off_ = false;
    crash_in_ = 0;
    locks_.clear();
    ++life_;
}

void SimulatedDisk::flip(const std::string& path, std::uint64_t offset) {
    const std::shared_ptr<Inode> inode = names_.find(normal_path(path));
    ENSURE(inode != nullptr);
    inode->flip(offset);
}

SimulatedDisk::Verdict SimulatedDisk::enter(IoCall call, const std::string& path) {
    if (off_) return {.code = machine_is_off, .effect = Effect::none};
    ++calls_[static_cast<std::size_t>(call)];
    if (is_mutating(call)) {
        ++mutating_calls_;
        if (crash_in_ == 1) {
            off_ = true;
            return {.code = machine_is_off,
                    .effect = prng_.below(2) == 0 ? Effect::none : Effect::part};
        }
        if (crash_in_ > 1) --crash_in_;
    }
    if (const int code = injected_fault(call, path))
        return {.code = code, .effect = call == IoCall::write ? Effect::part : Effect::none};
    return {};
}

int SimulatedDisk::injected_fault(IoCall call, const std::string& path) {
    int code = 0;
    for (Fault& fault : faults_) {
        if (fault.call && *fault.call != call) continue;
        if (path.find(fault.path_part) == std::string::npos) continue;
        if (fault.skip > 0) {
            --fault.skip;
        } else if (fault.times > 0) {
            --fault.times;
            code = fault.code;
        }
    }
    return code;
}

std::uint64_t SimulatedDisk::used_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& [path, inode] : names_.names())
        bytes += inode->size();
    return bytes;
}

std::uint64_t SimulatedDisk::end_max(const Inode& inode) const {
    const std::uint64_t used = used_bytes();
    return inode.size() + (used < capacity_bytes_ ? capacity_bytes_ - used : 0);
}

// ---- files ----

SimulatedDisk::Outcome<void> SimulatedDisk::write(Inode& inode, const std::string& path,
                                                  std::uint64_t offset, ByteView bytes) {
    Verdict verdict = enter(IoCall::write, path);
    const std::uint64_t end = end_max(inode);
    if (verdict.code == 0 && offset + bytes.size() > end)
        verdict = {.code = ENOSPC, .effect = Effect::part};
    if (verdict.effect == Effect::part) {
        const std::uint64_t fits = offset < end ? std::min(bytes.size(), end - offset) : 0;
        bytes = bytes.first(prng_.below(fits + 1));
    }
    if (verdict.effect != Effect::none) inode.write(offset, bytes);
    if (verdict.code != 0) return failed(IoCall::write, path, verdict.code);
    return {};
}

SimulatedDisk::Outcome<void> SimulatedDisk::sync(Inode& inode, const std::string& path) {
    const int code = enter(IoCall::sync, path).code;
    if (code == 0) {
        inode.sync();
        return {};
    }
    if (!off_) inode.fail_sync(prng_);
    return failed(IoCall::sync, path, code);
}

SimulatedDisk::Outcome<void> SimulatedDisk::resize(IoCall call, Inode& inode,
                                                   const std::string& path, std::uint64_t bytes) {
    Verdict verdict = enter(call, path);
    if (bytes > end_max(inode)) verdict.refuse(ENOSPC);
    if (verdict.effect != Effect::none) inode.resize(bytes);
    if (verdict.code != 0) return failed(call, path, verdict.code);
    return {};
}

// ---- names ----

SimulatedDisk::Outcome<std::unique_ptr<storage::File>> SimulatedDisk::open(const std::string& path,
                                                                           OpenMode mode) {
    auto inode = mode == OpenMode::create ? create(path) : find(path);
    if (!inode) return fail(std::move(inode.error()));
    return std::make_unique<OpenFile>(*this, std::move(*inode), path, mode != OpenMode::read);
}

SimulatedDisk::Outcome<std::shared_ptr<Inode>> SimulatedDisk::find(const std::string& path) {
    int code = enter(IoCall::open, path).code;
    auto inode = names_.find(normal_path(path));
    if (code == 0 && inode == nullptr) code = names_.is_folder(normal_path(path)) ? EISDIR : ENOENT;
    if (code != 0) return failed(IoCall::open, path, code);
    return inode;
}

SimulatedDisk::Outcome<std::shared_ptr<Inode>> SimulatedDisk::create(const std::string& path) {
    const std::string name = normal_path(path);
    Verdict verdict = enter(IoCall::create, path);
    if (names_.is_folder(name)) verdict.refuse(EISDIR);
    if (!names_.is_folder(parent_of(name))) verdict.refuse(ENOENT);
    std::shared_ptr<Inode> inode = names_.find(name);
    if (verdict.effect != Effect::none) {
        if (inode == nullptr)
            inode = names_.create(name);
        else
            inode->resize(0);
    }
    if (verdict.code != 0) return failed(IoCall::create, path, verdict.code);
    return inode;
}

SimulatedDisk::Outcome<void> SimulatedDisk::remove(const std::string& path) {
    const std::string name = normal_path(path);
    Verdict verdict = enter(IoCall::remove, path);
    if (names_.find(name) == nullptr) verdict.refuse(names_.is_folder(name) ? EISDIR : ENOENT);
    if (verdict.effect != Effect::none) names_.remove(name);
    if (verdict.code != 0) return failed(IoCall::remove, path, verdict.code);
    return {};
}

SimulatedDisk::Outcome<void> SimulatedDisk::rename(const std::string& from, const std::string& to) {
    const std::string name = normal_path(from);
    const std::string new_name = normal_path(to);
    Verdict verdict = enter(IoCall::rename, from);
    if (names_.is_folder(name) || names_.is_folder(new_name))
        verdict.refuse(EISDIR);
    else if (names_.find(name) == nullptr || !names_.is_folder(parent_of(new_name)))
        verdict.refuse(ENOENT);
    if (verdict.effect != Effect::none) names_.rename(name, new_name);
    if (verdict.code != 0) return failed(IoCall::rename, from + " to " + to, verdict.code);
    return {};
}

SimulatedDisk::Outcome<std::vector<FileEntry>> SimulatedDisk::list(const std::string& folder) {
    const std::string name = normal_path(folder);
    int code = enter(IoCall::list, folder).code;
    if (code == 0 && !names_.is_folder(name)) code = names_.find(name) ? ENOTDIR : ENOENT;
    if (code != 0) return failed(IoCall::list, folder, code);
    return names_.list(name);
}

SimulatedDisk::Outcome<void> SimulatedDisk::create_folder(const std::string& path) {
    std::vector<std::string> missing;
    for (std::string name = normal_path(path); !names_.is_folder(name); name = parent_of(name))
        missing.push_back(name);
    Verdict verdict = enter(IoCall::create_folder, path);
    for (const std::string& name : missing)
        if (names_.find(name) != nullptr) verdict.refuse(EEXIST);
    if (verdict.effect == Effect::none) missing.clear();
    if (verdict.effect == Effect::part)
        missing.erase(missing.begin(), missing.begin() + static_cast<std::ptrdiff_t>(
                                                             prng_.below(missing.size() + 1)));
    for (const std::string& name : missing)
        names_.add_folder(name);
    if (verdict.code != 0) return failed(IoCall::create_folder, path, verdict.code);
    return {};
}

SimulatedDisk::Outcome<void> SimulatedDisk::sync_folder(const std::string& path) {
    const std::string name = normal_path(path);
    int code = enter(IoCall::sync_folder, path).code;
    if (code == 0 && !names_.is_folder(name)) code = names_.find(name) ? ENOTDIR : ENOENT;
    if (code == 0) {
        names_.sync(name);
        return {};
    }
    if (!off_) names_.fail_sync(name, prng_);
    return failed(IoCall::sync_folder, path, code);
}

SimulatedDisk::Outcome<std::uint64_t> SimulatedDisk::free_bytes(const std::string& path) {
    int code = enter(IoCall::free_bytes, path).code;
    const std::string name = normal_path(path);
    if (code == 0 && !names_.is_folder(name) && !names_.find(name)) code = ENOENT;
    if (code != 0) return failed(IoCall::free_bytes, path, code);
    const std::uint64_t used = used_bytes();
    return used < capacity_bytes_ ? capacity_bytes_ - used : 0;
}

SimulatedDisk::Outcome<std::unique_ptr<FolderLock>> SimulatedDisk::lock(const std::string& path) {
    const std::string name = normal_path(path);
    int code = enter(IoCall::lock, path).code;
    if (code == 0 && !names_.is_folder(parent_of(name))) code = ENOENT;
    if (code == 0 && locks_.contains(name)) code = EWOULDBLOCK;
    if (code != 0) return failed(IoCall::lock, path, code);
    if (names_.find(name) == nullptr) names_.create(name);
    locks_.insert(name);
    return std::make_unique<HeldLock>(*this, name);
}

}  // namespace warren::sim
