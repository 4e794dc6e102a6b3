#pragma once
// What a channel in confirm mode has published and not heard of yet.
#include <cstdint>
#include <functional>
#include <map>
#include <string_view>

#include "wire.h"

namespace crash {

class ConfirmWindow {
public:
    // The next publish of the channel has this sequence number.
    void sent(std::uint64_t sequence) { outstanding_.emplace(++last_tag_, sequence); }
    std::size_t outstanding() const { return outstanding_.size(); }

    // Calls `settle` for each sequence number that a basic.ack or basic.nack is about. False: it is
    // about none.
    bool on_confirm(std::string_view arguments,
                    const std::function<void(std::uint64_t sequence)>& settle) {
        loadgen::FieldReader reader(arguments);
        const std::uint64_t tag = reader.u64();
        const bool multiple = (reader.u8() & 1) != 0;
        auto at = multiple ? outstanding_.begin() : outstanding_.find(tag);
        bool any = false;
        while (at != outstanding_.end() && at->first <= tag) {
            settle(at->second);
            at = outstanding_.erase(at);
            any = true;
        }
        return any;
    }

private:
    std::uint64_t last_tag_ = 0;
    std::map<std::uint64_t, std::uint64_t> outstanding_;  // tag -> sequence number
};

}  // namespace crash
