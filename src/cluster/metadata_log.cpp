#include "cluster/metadata_log.h"

#include "base/ensure.h"
#include "base/log.h"
#include "cluster/metadata_codec.h"

namespace warren::cluster {

Result<std::unique_ptr<MetadataLog>, std::string> MetadataLog::open(const OpenLog& open) {
    std::unique_ptr<MetadataLog> made(new MetadataLog);
    auto log = open(*made);
    if (!log) return fail(std::move(log.error()));
    made->log_ = std::move(*log);
    return made;
}

std::uint64_t MetadataLog::append(const MetadataCommand& command) {
    const std::string bytes = encode(command);
    const std::uint64_t index = log_->append(as_bytes(bytes));
    ENSURE(index == last_index_ + 1);
    return last_index_ = index;
}

void MetadataLog::command_log_notice(const std::string& text) {
    log::warning(log::general, "{}", text);
    last_notice_ = text;
}

}  // namespace warren::cluster
