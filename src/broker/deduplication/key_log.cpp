#include "broker/deduplication/key_log.h"

#include <algorithm>
#include <array>

#include "base/ensure.h"
#include "broker/deduplication/key_log_format.h"
#include "storage/little_endian.h"

namespace warren::broker {

namespace {

using namespace key_log_format;
using storage::load_little_endian;
using storage::store_little_endian;

constexpr storage::LoadLimit load_limit{.entries = 16'384, .bytes = 1u << 20};

using EncodedKey = std::array<std::byte, key_bytes>;

EncodedKey encode(const DeduplicationKey& key) {
    EncodedKey bytes;
    store_little_endian(bytes.data() + type_at, type_key);
    store_little_endian(bytes.data() + version_at, version);
    store_little_endian(bytes.data() + reserved_at, std::uint16_t{0});
    store_little_endian(bytes.data() + low_at, key.low);
    store_little_endian(bytes.data() + high_at, key.high);
    return bytes;
}

storage::EntryHead head_of(const LoggedKey& key) {
    return {.position = key.position, .deadline_ms = key.deadline_ms};
}

}  // namespace

std::optional<DeduplicationKey> decode_logged_key(ByteView payload) {
    if (payload.size() != key_bytes ||
        load_little_endian<std::uint8_t>(payload.data() + type_at) != type_key ||
        load_little_endian<std::uint8_t>(payload.data() + version_at) != version)
        return {};
    return DeduplicationKey{load_little_endian<std::uint64_t>(payload.data() + low_at),
                            load_little_endian<std::uint64_t>(payload.data() + high_at)};
}

KeyLog::KeyLog(const OpenLog& open_log, const std::function<void(std::uint64_t)>& expect,
               const TakeKey& take) {
    take_ = &take;
    storage::LogEngine::Restored restored;
    log_ = open_log(*this, *this, restored);
    ENSURE(log_ != nullptr);
    last_position_ = restored.last_position;
    from_runs_ = true;
    expect(log_->paged().entries);
    while (log_->has_paged(0))
        log_->load(0, load_limit, *this);
    take_ = nullptr;
    for (const std::uint64_t position : broken_)
        settle(position);
    broken_ = {};
}

void KeyLog::take(const storage::LoadedEntry& entry) {
    const auto key = decode_logged_key(entry.payload);
    const LoggedKey logged{key.value_or(DeduplicationKey()), entry.head.position,
                           entry.head.deadline_ms};
    if (!from_runs_) recent_.push_back({logged});
    if (key)
        (*take_)(logged);
    else
        broken_.push_back(entry.head.position);
}

void KeyLog::append(const LoggedKey& key) {
    last_position_ = key.position;
    const EncodedKey bytes = encode(key.key);
    log_->append({head_of(key), {ByteView(bytes), ByteView()}, {}});
    recent_.push_back({key});
}

void KeyLog::settle(std::uint64_t position) {
    log_->settle(0, position);
    const auto found = std::ranges::lower_bound(
        recent_, position, {}, [](const Recent& recent) { return recent.key.position; });
    if (found == recent_.end() || found->key.position != position) return;
    found->settled = true;
    while (!recent_.empty() && recent_.front().settled)
        recent_.pop_front();
}

template <typename Visitor>
void KeyLog::for_each_recent(std::uint64_t after, std::uint64_t through, Visitor&& visit) {
    for (const Recent& recent : recent_)
        if (!recent.settled && recent.key.position > after && recent.key.position <= through)
            visit(recent.key);
}

void KeyLog::collect(std::uint64_t after, std::uint64_t through, storage::EntrySink& sink) {
    for_each_recent(after, through, [&](const LoggedKey& key) {
        const EncodedKey bytes = encode(key.key);
        sink.take({head_of(key), {ByteView(bytes), ByteView()}, {}});
    });
}

void KeyLog::paged_out(std::uint64_t after, std::uint64_t through,
                       std::vector<storage::EntryPlace>& kept) {
    for_each_recent(after, through,
                    [&](const LoggedKey& key) { kept.push_back({0, key.position}); });
    while (!recent_.empty() && recent_.front().key.position <= through)
        recent_.pop_front();
}

}  // namespace warren::broker
